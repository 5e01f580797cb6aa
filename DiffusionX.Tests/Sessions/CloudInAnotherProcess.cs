using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions;

/// <summary>A <see cref="CloudProcess"/> that the test started, over TCP and TLS on this machine.</summary>
internal sealed class CloudInAnotherProcess : IDisposable
{
    private readonly Process process;

    private CloudInAnotherProcess(Process process, int port)
    {
        this.process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>How a client reaches it.</summary>
    public TcpTransport Link => new(new TcpTransportOptions
    {
        Port = Port,
        Tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)], ServerName = "localhost" },
    });

    public static async Task<CloudInAnotherProcess> StartAsync(TemporaryFolder folder, int port = 0)
    {
        var certificate = folder.Write("server.pfx", Certificates.Server.Export(X509ContentType.Pfx));
        string[] arguments = [typeof(CloudProcess).Assembly.Location, SessionModels.Folder, port.ToString(CultureInfo.InvariantCulture), certificate];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        var address = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(address, Is.Not.Null, "The cloud's process ended before it listened.");
        return new CloudInAnotherProcess(process, new Uri(address!).Port);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }
}
