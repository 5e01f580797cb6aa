using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Tcp;

[TestFixture]
public sealed class TcpTransportTests
{
    [TestCase("tcp://example.org:7070", "example.org", 7070, false)]
    [TestCase("tls://127.0.0.1:1", "127.0.0.1", 1, true)]
    [TestCase("tcp://[::1]:41234", "::1", 41234, false)]
    public void An_address_can_be_read(string address, string host, int port, bool tls)
    {
        var options = TcpTransportOptions.FromAddress(address);

        Assert.That((options.Host, options.Port, options.Tls is not null), Is.EqualTo((host, port, tls)));
    }

    [TestCase("")]
    [TestCase("example.org:7070")]
    [TestCase("http://example.org:7070")]
    [TestCase("tcp://example.org")]
    [TestCase("tcp://example.org:70000")]
    public void What_is_no_address_is_refused(string address)
    {
        Assert.That(
            () => TcpTransportOptions.FromAddress(address), Throws.TypeOf<TransportException>().With.Message.Contains("tcp://host:port"));
    }

    [Test]
    public async Task A_listeners_address_leads_to_it([Values("127.0.0.1", "::1", "localhost")] string host)
    {
        await using var listener = await new TcpTransport(new TcpTransportOptions { Host = host }).ListenAsync();

        await using var connection = await new TcpTransport(TcpTransportOptions.FromAddress(listener.Address)).ConnectAsync();
        await using var accepted = await listener.AcceptAsync();

        Assert.That(connection.Peer, Is.EqualTo(listener.Address));
    }

    [Test]
    public async Task An_address_is_taken_only_once()
    {
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions());
        var same = new TcpTransport(TcpTransportOptions.FromAddress(link.Listener.Address));

        Assert.That(async () => await same.ListenAsync(), Throws.TypeOf<TransportException>().With.Message.Contains(link.Listener.Address));
    }

    [Test]
    public async Task A_listener_on_all_addresses_is_not_local()
    {
        await using var listener = await new TcpTransport(new TcpTransportOptions { Host = "0.0.0.0" }).ListenAsync();

        Assert.That(listener.IsLocal, Is.False);
    }

    [Test]
    public void Settings_that_make_no_sense_are_refused_when_they_are_used()
    {
        TcpTransportOptions[] settings =
        [
            new() { Host = " ", Port = 1 },
            new() { Port = -1 },
            new() { Port = 65_536 },
            new() { Port = 1, MaxFrameBytes = 0 },
            new() { Port = 1, Backlog = 0 },
            new() { Port = 1, ConnectTimeout = TimeSpan.Zero },
            new() { Port = 1, CloseTimeout = TimeSpan.Zero },
        ];

        foreach (var options in settings)
        {
            var transport = new TcpTransport(options);
            Assert.That(async () => await transport.ConnectAsync(), Throws.TypeOf<TransportException>(), options.ToString());
            Assert.That(async () => await transport.ListenAsync(), Throws.TypeOf<TransportException>(), options.ToString());
        }

        Assert.That(
            async () => await new TcpTransport(new TcpTransportOptions()).ConnectAsync(),
            Throws.TypeOf<TransportException>().With.Message.Contains("port"));
    }

    [Test]
    public async Task A_connect_that_is_cancelled_says_so()
    {
        await using var link = await Link.OpenTcpAsync(new TcpTransportOptions());
        var transport = new TcpTransport(TcpTransportOptions.FromAddress(link.Listener.Address));

        Assert.That(
            async () => await transport.ConnectAsync(new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Files_that_connections_held_open_are_given_back()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Open files are counted in /proc.");
        }

        await OpenAndCloseAsync(connections: 5);
        var before = OpenFiles();

        await OpenAndCloseAsync(connections: 50);

        Assert.That(OpenFiles, Is.LessThanOrEqualTo(before + 5).After(5000, 50));
    }

    private static int OpenFiles() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static async Task OpenAndCloseAsync(int connections)
    {
        await using var link = await Link.OpenAsync(LinkKind.Tls);
        for (var i = 0; i < connections; i++)
        {
            var (connecting, listening) = await link.ConnectPairAsync();
            if (i % 2 == 0)
            {
                connecting.Abort();
            }

            await connecting.DisposeAsync();
            await listening.DisposeAsync();
        }
    }
}
