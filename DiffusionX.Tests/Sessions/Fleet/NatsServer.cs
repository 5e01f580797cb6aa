using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using DiffusionX.Tests.Cli;
using DiffusionX.Tests.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>A NATS server of a test's own, on a loopback port that was free, with its files in a folder of its own.</summary>
internal sealed class NatsServer : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int port = RunningServer.FreePort();
    private Process process;

    private NatsServer(string settings)
    {
        Configure(settings);
        process = Launch();
    }

    public string Url => $"nats://127.0.0.1:{port}";

    /// <summary>The same by the name that <see cref="Certificates.Server"/> is for, encrypted.</summary>
    public string TlsUrl => $"tls://localhost:{port}";

    private string Files => folder.File("files");

    /// <summary>The address with who comes in it: a token, or a user and a password with a colon between them.</summary>
    public string UrlFor(string user) => $"nats://{user}@127.0.0.1:{port}";

    /// <summary>Writes a certificate and its key as NATS reads them.</summary>
    /// <returns>Their path, but for <c>.pem</c> and <c>.key</c>.</returns>
    public static string Certify(TemporaryFolder folder, X509Certificate2 certificate, string name)
    {
        folder.Write($"{name}.pem", certificate.ExportCertificatePem());
        folder.Write($"{name}.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return folder.File(name);
    }

    /// <summary>Starts one with what a fleet needs.</summary>
    public static Task<NatsServer> StartAsync() => StartAsync("max_payload: 8MB\njetstream { store_dir: \"FILES\" }");

    /// <summary>Starts one with a configuration of its own, in which FILES stands for its folder.</summary>
    public static async Task<NatsServer> StartAsync(string settings)
    {
        if (!IsInstalled())
        {
            const string Missing = "nats-server is not installed: run eng/install-test-tools.sh (apt-get install nats-server).";
            Assert.That(Environment.GetEnvironmentVariable("DIFFUSIONX_TEST_TOOLS"), Is.Not.EqualTo("required"), Missing);
            Assert.Ignore(Missing);
        }

        var server = new NatsServer(settings);
        await server.RestartAsync(TimeSpan.Zero);
        return server;
    }

    /// <summary>Kills it, and starts it again over the same files.</summary>
    public async Task RestartAsync(TimeSpan pause)
    {
        Kill();
        await Task.Delay(pause);
        process = Launch();
        for (var tries = 0; !await AnswersAsync(); tries++)
        {
            Assert.That(tries, Is.LessThan(500), "nats-server did not start.");
            await Task.Delay(20);
        }
    }

    /// <summary>Has it read another configuration while it runs.</summary>
    public void Reload(string settings)
    {
        Configure(settings);
        using var signal = Process.Start("nats-server", ["--signal", $"reload={process.Id}"]);
        signal.WaitForExit();
    }

    public void Dispose()
    {
        Kill();

        // For whoever reads why a test failed.
        foreach (var line in File.ReadLines(folder.File("nats.log")).Where(line => line.Contains("[ERR]", StringComparison.Ordinal)))
        {
            TestContext.Out.WriteLine(line);
        }

        folder.Dispose();
    }

    private void Configure(string settings) =>
        File.WriteAllText(folder.File("nats.conf"), $"host: 127.0.0.1\nport: {port}\n{settings.Replace("FILES", Files, StringComparison.Ordinal)}\n");

    private static bool IsInstalled() =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "nats-server")));

    private Process Launch() => Process.Start(new ProcessStartInfo("nats-server", ["-c", folder.File("nats.conf"), "-l", folder.File("nats.log")]))!;

    private void Kill()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            using var reader = new StreamReader(client.GetStream());

            // Before the server listens, a socket may by chance get its port and so connect to itself, which says nothing for ever.
            var greeting = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(2));
            return greeting?.StartsWith("INFO", StringComparison.Ordinal) ?? false;
        }
        catch (Exception error) when (error is SocketException or IOException or TimeoutException)
        {
            return false;
        }
    }
}
