using DiffusionX.Transport;

namespace DiffusionX.Tests.Transport;

[TestFixture(LinkKind.InMemory)]
[TestFixture(LinkKind.Tcp)]
[TestFixture(LinkKind.Tls)]
[TestFixture(LinkKind.ThrottledTls)]
public sealed class ListenerTests(LinkKind kind)
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Two_hundred_connections_at_once_each_carry_their_own_frames(CancellationToken cancellationToken)
    {
        await using var link = await Link.OpenAsync(kind);
        var serving = EchoAsync(link.Listener, 200, cancellationToken);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AskAsync(link, i, cancellationToken)));
        await serving;

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, 200)));
    }

    [Test]
    public async Task A_listener_that_was_disposed_accepts_nobody()
    {
        var link = await Link.OpenAsync(kind);
        var waiting = link.Listener.AcceptAsync().AsTask();

        await link.DisposeAsync();

        Assert.That(async () => await waiting, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(async () => await link.Listener.AcceptAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(link.ConnectAsync, Throws.TypeOf<ConnectionFailedException>());
    }

    [Test]
    public async Task A_wait_for_connections_can_be_cancelled()
    {
        await using var link = await Link.OpenAsync(kind);
        using var giveUp = new CancellationTokenSource();
        var waiting = link.Listener.AcceptAsync(giveUp.Token).AsTask();

        await giveUp.CancelAsync();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_connection_that_nobody_accepts_is_lost_with_the_listener()
    {
        var link = await Link.OpenAsync(kind);
        await using var connection = await link.ConnectAsync();

        await link.DisposeAsync();

        Assert.That(async () => await connection.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task A_connection_that_is_read_closes_at_once_though_the_other_end_has_just_sent_and_stays()
    {
        await using var link = await Link.OpenAsync(kind);
        for (var round = 0; round < 100; round++)
        {
            var (connecting, listening) = await link.ConnectPairAsync();
            using var enough = new CancellationTokenSource(TimeSpan.FromMilliseconds(round % 4));
            var sending = Task.Run(() => SendUntilAsync(listening, enough.Token));
            var reading = Task.Run(() => ReadToTheEndAsync(connecting));
            await Task.Delay(round % 5);

            await Task.Run(() => connecting.DisposeAsync().AsTask()).WaitAsync(TimeSpan.FromSeconds(10));

            await Task.WhenAll(sending, reading).WaitAsync(TimeSpan.FromSeconds(10));
            await listening.DisposeAsync();
        }
    }

    [Test]
    public async Task It_says_that_it_is_local_and_where_it_is()
    {
        await using var link = await Link.OpenAsync(kind);

        Assert.Multiple(() =>
        {
            Assert.That(link.Listener.IsLocal, Is.True);
            Assert.That(link.Listener.IsEncrypted, Is.EqualTo(kind != LinkKind.Tcp));
            Assert.That(Uri.IsWellFormedUriString(link.Listener.Address, UriKind.Absolute), Is.True, link.Listener.Address);
        });
    }

    private static async Task SendUntilAsync(IConnection connection, CancellationToken enough)
    {
        try
        {
            while (!enough.IsCancellationRequested)
            {
                await connection.SendAsync(new byte[20_000], CancellationToken.None);
            }
        }
        catch (ConnectionLostException)
        {
            // The other end closed.
        }
    }

    private static async Task ReadToTheEndAsync(IConnection connection)
    {
        try
        {
            while (await connection.ReceiveAsync() is not null)
            {
            }
        }
        catch (ObjectDisposedException)
        {
            // This end closed.
        }
    }

    private static async Task EchoAsync(IConnectionListener listener, int clients, CancellationToken cancellationToken)
    {
        var serving = new List<Task>();
        for (var i = 0; i < clients; i++)
        {
            serving.Add(EchoOnceAsync(await listener.AcceptAsync(cancellationToken), cancellationToken));
        }

        await Task.WhenAll(serving);
    }

    private static async Task EchoOnceAsync(IConnection connection, CancellationToken cancellationToken)
    {
        while (await connection.ReceiveAsync(cancellationToken) is { } frame)
        {
            await connection.SendAsync(frame, cancellationToken);
        }

        await connection.DisposeAsync();
    }

    private static async Task<int> AskAsync(Link link, int number, CancellationToken cancellationToken)
    {
        await using var connection = await link.ConnectAsync();
        await connection.SendAsync(BitConverter.GetBytes(number), cancellationToken);
        return BitConverter.ToInt32(await connection.ReceiveAsync(cancellationToken));
    }
}
