using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DiffusionX.Tests.Cli;

/// <summary><c>diffusionx serve</c> in a process of its own, on a port that was free.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private RunningServer(Process process, Task<string> errors, string address)
    {
        this.process = process;
        this.errors = errors;
        Address = address;
    }

    public string Address { get; }

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<RunningServer> StartAsync(string folder, params string[] arguments)
    {
        var process = DiffusionXProgram.StartIn(folder, ["serve", .. arguments]);
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync();
        return line?.Split(' ', ';') is ["Listening", "on", var address, ..]
            ? new RunningServer(process, errors, address)
            : throw new AssertionException($"The server did not start: {line} {await errors}");
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Asks the server to stop, as a system does.</summary>
    public async Task<ProgramResult> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ProgramResult(process.ExitCode, output, await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
