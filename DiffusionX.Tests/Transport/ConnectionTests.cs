using System.Security.Cryptography;
using DiffusionX.Transport;

namespace DiffusionX.Tests.Transport;

[TestFixture(LinkKind.InMemory)]
[TestFixture(LinkKind.Tcp)]
[TestFixture(LinkKind.Tls)]
[TestFixture(LinkKind.ThrottledInMemory)]
[TestFixture(LinkKind.ThrottledTls)]
public sealed class ConnectionTests(LinkKind kind) : ConnectedPairTests(kind)
{
    private const int Megabyte = 1024 * 1024;

    [Test]
    [CancelAfter(30_000)]
    public async Task Frames_arrive_whole_and_in_order_both_ways_at_once(CancellationToken cancellationToken)
    {
        int[] sizes = [1, 3, 65_536, 5, (3 * Megabyte) + 1, 2];
        var frames = sizes.Select(RandomNumberGenerator.GetBytes).ToArray();

        var there = SendAllAsync(Connecting, frames, cancellationToken);
        var back = SendAllAsync(Listening, frames, cancellationToken);
        var arrivedThere = ReceiveAsync(Listening, frames.Length, cancellationToken);
        var arrivedBack = ReceiveAsync(Connecting, frames.Length, cancellationToken);
        await Task.WhenAll(there, back, arrivedThere, arrivedBack);

        Assert.Multiple(() =>
        {
            Assert.That(arrivedThere.Result.Select(Digest), Is.EqualTo(frames.Select(Digest)));
            Assert.That(arrivedBack.Result.Select(Digest), Is.EqualTo(frames.Select(Digest)));
        });
    }

    [Test]
    public async Task Both_ends_count_the_bytes_with_their_prefixes()
    {
        await Connecting.SendAsync(new byte[100]);
        await Connecting.SendAsync(new byte[7]);
        await Listening.SendAsync(new byte[50]);
        await ReceiveAsync(Listening, 2, CancellationToken.None);
        await Connecting.ReceiveAsync();

        Assert.Multiple(() =>
        {
            Assert.That((Connecting.BytesSent, Connecting.BytesReceived), Is.EqualTo((104L + 11L, 54L)));
            Assert.That((Listening.BytesSent, Listening.BytesReceived), Is.EqualTo((54L, 104L + 11L)));
        });
    }

    [Test]
    public async Task An_end_that_closes_in_order_is_heard_to_the_end_and_then_null_comes()
    {
        await Connecting.SendAsync(new byte[] { 1, 2, 3 });
        await Connecting.DisposeAsync();

        Assert.That(await Listening.ReceiveAsync(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(await Listening.ReceiveAsync(), Is.Null);
        Assert.That(await Listening.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task An_end_that_aborts_is_lost_to_the_other_one()
    {
        var receiving = Listening.ReceiveAsync().AsTask();

        Connecting.Abort();

        Assert.That(async () => await receiving, Throws.TypeOf<ConnectionLostException>());
        Assert.That(async () => await Connecting.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
        Assert.That(async () => await Connecting.SendAsync(new byte[1]), Throws.TypeOf<ConnectionLostException>());
        await Connecting.DisposeAsync();
    }

    [Test]
    public async Task Aborting_the_listening_end_is_a_loss_for_the_connecting_one()
    {
        Listening.Abort();

        Assert.That(async () => await Connecting.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
        await Listening.DisposeAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Sending_to_an_end_that_has_closed_fails_before_long(CancellationToken cancellationToken)
    {
        await Listening.DisposeAsync();

        async Task SendOnAsync()
        {
            while (true)
            {
                await Connecting.SendAsync(new byte[1000], cancellationToken);
            }
        }

        Assert.That(SendOnAsync, Throws.TypeOf<ConnectionLostException>().With.Message.Contains(Connecting.Peer));
    }

    [Test]
    public async Task A_wait_that_is_cancelled_loses_nothing()
    {
        for (byte i = 0; i < 100; i++)
        {
            using var giveUp = new CancellationTokenSource();
            var waiting = Listening.ReceiveAsync(giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        }

        await Connecting.SendAsync(new byte[] { 42 });

        Assert.That(await Listening.ReceiveAsync(), Is.EqualTo(new byte[] { 42 }));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_sender_waits_while_nobody_receives(CancellationToken cancellationToken)
    {
        var frames = Enumerable.Range(0, 64).Select(i => Enumerable.Repeat((byte)i, Megabyte).ToArray()).ToArray();
        var sending = SendAllAsync(Connecting, frames, cancellationToken);
        await Task.Delay(300, cancellationToken);
        var waited = !sending.IsCompleted;

        var arrived = await ReceiveAsync(Listening, frames.Length, cancellationToken);
        await sending;

        Assert.That(waited, Is.True);
        Assert.That(arrived.Select(frame => frame![^1]), Is.EqualTo(Enumerable.Range(0, 64)));
    }

    [Test]
    public async Task An_empty_frame_and_one_that_is_too_large_are_not_sent()
    {
        Connecting.MaxFrameBytes = 10;

        Assert.That(async () => await Connecting.SendAsync(Array.Empty<byte>()), Throws.TypeOf<ProtocolException>());
        Assert.That(
            async () => await Connecting.SendAsync(new byte[11]), Throws.TypeOf<ProtocolException>().With.Message.Contains("11 bytes"));
        await Connecting.SendAsync(new byte[10]);
        Assert.That(await Listening.ReceiveAsync(), Has.Length.EqualTo(10));
    }

    [Test]
    public async Task A_frame_beyond_the_receivers_bound_is_refused()
    {
        Listening.MaxFrameBytes = 10;

        await Connecting.SendAsync(new byte[11]);

        Assert.That(
            async () => await Listening.ReceiveAsync(),
            Throws.TypeOf<ProtocolException>().With.Message.Contains("11 bytes").And.Message.Contains("10"));
    }

    [Test]
    public async Task A_connection_that_was_disposed_can_not_be_used()
    {
        await Connecting.DisposeAsync();

        Assert.That(async () => await Connecting.SendAsync(new byte[1]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(async () => await Connecting.ReceiveAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => Connecting.Abort(), Throws.Nothing);
    }

    [Test]
    public async Task Disposing_ends_a_receive_that_waits()
    {
        var waiting = Connecting.ReceiveAsync().AsTask();

        await Connecting.DisposeAsync();

        Assert.That(async () => await waiting, Throws.TypeOf<ObjectDisposedException>());
    }

    private static string Digest(byte[]? frame) => Convert.ToHexString(SHA256.HashData(frame!));

    private static async Task SendAllAsync(IConnection connection, byte[][] frames, CancellationToken cancellationToken)
    {
        foreach (var frame in frames)
        {
            await connection.SendAsync(frame, cancellationToken);
        }
    }

    private static async Task<byte[]?[]> ReceiveAsync(IConnection connection, int count, CancellationToken cancellationToken)
    {
        var frames = new byte[]?[count];
        for (var i = 0; i < count; i++)
        {
            frames[i] = await connection.ReceiveAsync(cancellationToken);
        }

        return frames;
    }
}
