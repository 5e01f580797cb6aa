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
    public TcpTransport Link => LinkTo(Port);

    /// <summary>How a client reaches it through something that stands before it.</summary>
    public static TcpTransport LinkTo(int port) => new(new TcpTransportOptions
    {
        Port = port,
        Tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)], ServerName = "localhost" },
    });

    /// <summary>The most memory that it has held so far, in bytes, as Linux counts it.</summary>
    public long PeakMemory => ResidentMemory.Peak(process.Id);

    /// <param name="folder">Where its certificate is written.</param>
    /// <param name="port">Where it listens; 0 for any.</param>
    /// <param name="model">The model's folder; null for the mini model.</param>
    public static async Task<CloudInAnotherProcess> StartAsync(TemporaryFolder folder, int port = 0, string? model = null)
    {
        var certificate = folder.Write("server.pfx", Certificates.Server.Export(X509ContentType.Pfx));
        string[] arguments = [typeof(CloudProcess).Assembly.Location, model ?? SessionModels.Folder, port.ToString(CultureInfo.InvariantCulture), certificate];
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

    /// <summary>Stops it where it is, as a debugger would, and lets it go on after a time.</summary>
    public async Task StopForAsync(TimeSpan time)
    {
        await SignalAsync("STOP");
        await Task.Delay(time);
        await SignalAsync("CONT");
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
