using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

[TestFixture(LinkKind.InMemory)]
[TestFixture(LinkKind.Tcp)]
[TestFixture(LinkKind.ThrottledTls)]
public sealed class MessageChannelTests(LinkKind kind)
{
    private static readonly byte[] UnknownKind = [99 << 3 & 0x7F | 0x82, 99 >> 4, 3, 1, 2, 3];
    private static readonly byte[] Malformed = [0x1A, 3, 1, 2, 3];

    private Link link = null!;
    private Channels channels = null!;

    private MessageChannel Client => channels.Client;

    private MessageChannel Server => channels.Server;

    [SetUp]
    public async Task Open()
    {
        link = await Link.OpenAsync(kind);
        channels = await Channels.OpenAsync(link);
    }

    [TearDown]
    public async Task Close()
    {
        await channels.DisposeAsync();
        await link.DisposeAsync();
    }

    [Test]
    public async Task Messages_of_many_senders_arrive_whole()
    {
        var sending = Task.WhenAll(Enumerable.Range(0, 200).Select(i => Client.SendAsync(Samples.Refine with { Seed = i }).AsTask()));
        var seeds = new List<long>();
        for (var i = 0; i < 200; i++)
        {
            seeds.Add(((Refine)(await Server.ReceiveAsync())!).Seed);
        }

        await sending;
        Assert.That(seeds, Is.EquivalentTo(Enumerable.Range(0, 200)));
    }

    [Test]
    public async Task Unknown_kinds_are_skipped()
    {
        await Client.Connection.SendAsync(UnknownKind);
        await Client.SendAsync(new Cancel { RequestId = Samples.Id });

        Assert.That(await Server.ReceiveAsync(), Is.EqualTo(new Cancel { RequestId = Samples.Id }));
    }

    [Test]
    public async Task A_malformed_message_ends_its_connection_with_an_error_that_says_why_and_no_other_one()
    {
        await using var others = await Channels.OpenAsync(link);
        await Client.Connection.SendAsync(Malformed);

        Assert.That(async () => await Server.ReceiveAsync(), Throws.TypeOf<ProtocolException>());
        var told = (Error)(await Client.ReceiveAsync())!;
        Assert.Multiple(() =>
        {
            Assert.That((told.RequestId, told.Code), Is.EqualTo((Guid.Empty, ErrorCode.MalformedMessage)));
            Assert.That(told.Text, Does.Contain("can't be read"));
        });
        Assert.That(await Client.ReceiveAsync(), Is.Null);
        Assert.That(async () => await Server.SendAsync(Samples.Result), Throws.TypeOf<ConnectionLostException>());

        await others.Client.SendAsync(Samples.Refine);
        Assert.That(await others.Server.ReceiveAsync(), Is.TypeOf<Refine>());
    }

    [Test]
    public async Task A_second_handshake_is_malformed()
    {
        await Client.SendAsync(Samples.Hello);

        Assert.That(async () => await Server.ReceiveAsync(), Throws.TypeOf<ProtocolException>().With.Message.Contains("second handshake"));
    }

    [Test]
    public async Task A_message_that_is_too_large_is_not_sent_and_harms_nothing()
    {
        Client.Connection.MaxFrameBytes = 1000;
        var large = Samples.Refine with { Draft = Samples.Draft with { Bytes = new byte[2000] } };

        Assert.That(async () => await Client.SendAsync(large), Throws.TypeOf<ProtocolException>());
        await Client.SendAsync(Samples.Refine);
        Assert.That(await Server.ReceiveAsync(), Is.TypeOf<Refine>());
    }

    [Test]
    public async Task A_hundred_waits_and_sends_that_are_cancelled_lose_and_break_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            using var giveUp = new CancellationTokenSource();
            var waiting = Server.ReceiveAsync(giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            Assert.That(async () => await Client.SendAsync(Samples.Refine, giveUp.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        }

        await Client.SendAsync(new Cancel { RequestId = Samples.Id });
        Assert.That(await Server.ReceiveAsync(), Is.TypeOf<Cancel>());
    }

    [Test]
    public async Task Closing_is_null_for_the_other_end()
    {
        await Client.SendAsync(Samples.Refine);
        await Client.DisposeAsync();

        Assert.That(await Server.ReceiveAsync(), Is.TypeOf<Refine>());
        Assert.That(await Server.ReceiveAsync(), Is.Null);
        Assert.That(async () => await Client.SendAsync(Samples.Refine), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Pings_keep_a_quiet_connection_and_nobody_sees_them()
    {
        var lively = new MessageChannelOptions { PingEvery = TimeSpan.FromMilliseconds(20), IdleTimeout = TimeSpan.FromSeconds(1) };
        var quiet = new MessageChannelOptions { PingEvery = null, IdleTimeout = null };
        await using var pair = await Channels.OpenAsync(link, lively, quiet);
        var atClient = pair.Client.ReceiveAsync().AsTask();
        var atServer = pair.Server.ReceiveAsync().AsTask();

        await Task.Delay(TimeSpan.FromSeconds(1.5));

        Assert.That(atClient.IsCompleted || atServer.IsCompleted, Is.False);
        Assert.That(pair.Server.Connection.BytesSent, Is.GreaterThan(200), "pongs");
        await pair.Server.SendAsync(Samples.Result);
        Assert.That(await atClient, Is.TypeOf<Result>());
        await pair.Client.DisposeAsync();
        Assert.That(await atServer, Is.Null);
    }

    [Test]
    public async Task A_peer_that_sends_nothing_any_more_is_lost()
    {
        var impatient = new MessageChannelOptions { PingEvery = null, IdleTimeout = TimeSpan.FromMilliseconds(200) };
        await using var pair = await Channels.OpenAsync(link, impatient, new MessageChannelOptions { PingEvery = null });

        Assert.That(
            async () => await pair.Client.ReceiveAsync(),
            Throws.TypeOf<ConnectionLostException>().With.Message.Contains("sent nothing for 0.2 s"));
        Assert.That(async () => await pair.Client.SendAsync(Samples.Refine), Throws.InstanceOf<TransportException>());
        Assert.That(async () => await pair.Server.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
    }
}
