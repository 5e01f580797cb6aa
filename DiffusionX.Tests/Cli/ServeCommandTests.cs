using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Cli;

[TestFixture]
[Platform("Unix", Reason = "SIGTERM is Unix's.")]
public sealed class ServeCommandTests
{
    private static readonly string[] OnAFreePort = ["--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0"];

    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteMiniModels()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("weights/scenes/edge"));
        MiniModel.Write(folder.File("weights/scenes/cloud"));
        folder.Write("token.txt", "correct horse battery staple\n");
        folder.Write("wrong.txt", "incorrect horse\n");
        folder.Write("rounds.txt", "a red house\na red house, at night\n");
    }

    [OneTimeTearDown]
    public void DeleteThem() => folder.Dispose();

    [Test]
    public async Task A_server_in_another_process_gives_the_same_picture_bit_for_bit()
    {
        using var server = await RunningServer.StartAsync(folder.Path, OnAFreePort);

        var alone = await PlayAsync("alone");
        var served = await PlayAsync("served", "--cloud", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That((alone.ExitCode, served.ExitCode), Is.EqualTo((0, 0)), served.Error);
            Assert.That(served.Output, Does.Contain("in the cloud, by cloud"));
            Assert.That(File.ReadAllBytes(folder.File("served/final.png")), Is.EqualTo(File.ReadAllBytes(folder.File("alone/final.png"))));
        });
    }

    [Test]
    public async Task Over_TLS_a_client_that_knows_the_token_is_served()
    {
        var fingerprint = WriteCertificate("server.pem");
        using var server = await StartWithTlsAsync("server.pem");

        var result = await PlayAsync("tls", "--cloud", server.Address, "--fingerprint", fingerprint, "--token-file", "token.txt");

        Assert.Multiple(() =>
        {
            Assert.That(server.Address, Does.StartWith("tls://"));
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("in the cloud"));
        });
    }

    [Test]
    public async Task A_client_with_another_token_or_with_another_idea_of_the_server_is_told_so()
    {
        var fingerprint = WriteCertificate("this.pem");
        var another = WriteCertificate("another.pem");
        using var server = await StartWithTlsAsync("this.pem");

        var wrongToken = await PlayAsync("wrong-token", "--cloud", server.Address, "--fingerprint", fingerprint, "--token-file", "wrong.txt");
        var wrongServer = await PlayAsync("wrong-server", "--cloud", server.Address, "--fingerprint", another, "--token-file", "token.txt");

        Assert.Multiple(() =>
        {
            Assert.That((wrongToken.ExitCode, wrongServer.ExitCode), Is.EqualTo((1, 1)));
            Assert.That(wrongToken.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("token"), wrongToken.Error);
            Assert.That(wrongServer.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("certificate"), wrongServer.Error);
        });
    }

    [Test]
    public async Task Health_and_metrics_are_on_a_port_of_their_own()
    {
        var port = RunningServer.FreePort();
        using var server = await RunningServer.StartAsync(folder.Path, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", $"{port}");
        await PlayAsync("monitored", "--cloud", server.Address);
        using var http = new HttpClient();

        var health = await http.GetStringAsync($"http://127.0.0.1:{port}/health");
        var metrics = await ScrapeAsync(http, $"http://127.0.0.1:{port}/metrics");

        Assert.Multiple(() =>
        {
            Assert.That(health, Does.Contain("\"queued\":0").And.Contain("\"draining\":false"));
            Assert.That(metrics, Does.Contain("diffusionx_cloud_compute_duration_seconds_count").And.Contain("le=\"0.05\""));
            Assert.That(metrics, Does.Not.Contain("a red house"));
        });
    }

    [Test]
    public async Task A_server_that_is_told_to_stop_stops_in_good_order()
    {
        using var server = await RunningServer.StartAsync(folder.Path, OnAFreePort);

        var result = await server.StopAsync();

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("Stopping").And.EndsWith("Stopped.\n"));
        });
    }

    [Test]
    public async Task A_port_that_is_taken_is_said_to_be()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var listening = await ServeAsync("--listen", $"tcp://127.0.0.1:{port}", "--monitoring-port", "0");
        var monitoring = await ServeAsync("--listen", "tcp://127.0.0.1:0", "--monitoring-port", $"{port}");

        Assert.Multiple(() =>
        {
            Assert.That((listening.ExitCode, monitoring.ExitCode), Is.EqualTo((1, 1)));
            Assert.That(listening.ErrorLines, Has.Length.EqualTo(1).And.All.Contains($"{port}"), listening.Error);
            Assert.That(monitoring.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("--monitoring-port"), monitoring.Error);
        });
    }

    [TestCase("--listen tcp://0.0.0.0:0", "--token-file")]
    [TestCase("--listen here", "'here' is not an address")]
    [TestCase("--certificate missing.pem", "missing.pem can't be used")]
    [TestCase("--certificate token.txt", "token.txt can't be used")]
    [TestCase("--listen tls://127.0.0.1:0", "certificate")]
    [TestCase("--model missing", "There is no folder missing")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, string named)
    {
        var result = await ServeAsync([.. arguments.Split(' '), "--monitoring-port", "0"]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.Error);
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    private Task<ProgramResult> ServeAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(folder.Path, ["serve", .. arguments]);

    private Task<RunningServer> StartWithTlsAsync(string certificate) =>
        RunningServer.StartAsync(folder.Path, "--listen", "tls://127.0.0.1:0", "--certificate", certificate, "--token-file", "token.txt", "--monitoring-port", "0");

    private Task<ProgramResult> PlayAsync(string output, params string[] arguments)
    {
        Directory.CreateDirectory(folder.File(output));
        return DiffusionXProgram.RunInAsync(folder.Path, ["play", "--script", "rounds.txt", "--seed", "7", "--steps", "4", "--out", output, .. arguments]);
    }

    // Self-signed, with its key in the same file.
    private string WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        folder.Write(name, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return TlsOptions.FingerprintOf(certificate);
    }

    // The exporter answers with nothing while it collects; whoever scrapes comes again.
    private static async Task<string> ScrapeAsync(HttpClient http, string address)
    {
        var metrics = "";
        for (var attempt = 0; attempt < 50 && metrics.Length == 0; attempt++)
        {
            metrics = await http.GetStringAsync(address);
            await Task.Delay(100);
        }

        return metrics;
    }
}
