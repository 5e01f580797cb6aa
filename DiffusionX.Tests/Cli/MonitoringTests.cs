using System.Net;
using System.Net.Sockets;
using System.Text;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

/// <summary>Whatever comes to the port for those who watch a server, they learn how it is.</summary>
[TestFixture]
[Platform("Unix", Reason = "The server is ended by SIGTERM.")]
public sealed class MonitoringTests
{
    private const string Ask = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

    private TemporaryFolder folder = null!;
    private RunningServer server = null!;
    private int port;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("weights/scenes/cloud"));
        port = RunningServer.FreePort();
        server = await RunningServer.StartAsync(folder.Path, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", $"{port}");
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        server.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task Probes_that_give_up_end_nothing()
    {
        for (var probe = 0; probe < 300; probe++)
        {
            await ResetAsync(Ask);
            await ResetAsync(string.Concat(Enumerable.Repeat(Ask, 20)));
            await ResetAsync(Ask.Replace("/health", "/metrics", StringComparison.Ordinal));
        }

        Assert.That(await HealthAsync(), Does.StartWith("HTTP/1.1 200"));
    }

    [TestCase("HEAD /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [TestCase("HEAD /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [TestCase("OPTIONS /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 405")]
    [TestCase("POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n0123456789", "HTTP/1.1 405")]
    [TestCase("POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "HTTP/1.1 405")]
    [TestCase("\0\u0001\u0002\u0003\r\n\r\n", "HTTP/1.1 400")]
    [TestCase("GET /health HTTP/1.0\r\n\r\n", "HTTP/1.1 200")]
    [TestCase("POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZ\r\n", "HTTP/1.1 ")]
    [TestCase("GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 400")]
    [TestCase("GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 400")]
    [TestCase("GET /health/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 404")]
    [TestCase("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 404")]
    [TestCase("CONNECT /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 405")]
    [TestCase("how are you?\r\n\r\n", "HTTP/1.1 400")]
    [TestCase("GET /health HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 505")]
    public async Task What_is_odd_has_its_answer_and_the_next_one_too(string request, string answer)
    {
        var odd = await SendAsync(request);

        Assert.Multiple(async () =>
        {
            Assert.That(odd, Does.StartWith(answer));
            Assert.That(await HealthAsync(), Does.StartWith("HTTP/1.1 200"));
        });
    }

    [Test]
    public async Task Headers_that_are_too_long_are_refused()
    {
        var answer = await SendAsync($"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {new string('y', 20_000)}\r\n\r\n");

        Assert.That(answer, Does.StartWith("HTTP/1.1 431"));
    }

    [Test]
    public async Task A_thousand_clients_that_do_not_finish_their_request_shut_nobody_out()
    {
        var clients = new List<Socket>();
        try
        {
            for (var client = 0; client < 1000; client++)
            {
                clients.Add(await ConnectAsync());
                await clients[^1].SendAsync(Encoding.ASCII.GetBytes("GET /health HTTP/1.1\r\n"));
            }

            Assert.That(await HealthAsync(), Does.StartWith("HTTP/1.1 200"));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private Task<string> HealthAsync() => SendAsync("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");

    private async Task<string> SendAsync(string request)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? "";
    }

    private async Task ResetAsync(string request)
    {
        var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }
}
