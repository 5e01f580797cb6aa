using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DiffusionX.Tests.Cli;

/// <summary><c>diffusionx serve</c> in a process of its own, on a port that was free.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private RunningServer(Process process, Task<string> errors, string address, string? api)
    {
        this.process = process;
        this.errors = errors;
        Address = address;
        Api = api;
    }

    public string Address { get; }

    /// <summary>Where its HTTP API is, with /v1; null where it has none.</summary>
    public string? Api { get; }

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<RunningServer> StartAsync(string folder, params string[] arguments)
    {
        var process = DiffusionXProgram.StartIn(folder, ["serve", .. arguments]);
        var errors = process.StandardError.ReadToEndAsync();
        var line = await DiffusionXProgram.ReadLineAsync(process);
        return line?.Split(' ', ';') is ["Listening", "on", var address, ..]
            ? new RunningServer(process, errors, address, arguments.Contains("--http") ? await ReadApiAsync(process) : null)
            : throw new AssertionException($"The server did not start: {line} {await errors}");
    }

    private static async Task<string> ReadApiAsync(Process process)
    {
        while (await DiffusionXProgram.ReadLineAsync(process) is { } line)
        {
            if (line.Split(' ', ',') is ["The", "HTTP", "API", "is", "at", var api, ..])
            {
                return api;
            }
        }

        throw new AssertionException("The server did not say where its HTTP API is.");
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
        var output = process.StandardOutput.ReadToEndAsync();
        await DiffusionXProgram.EndAsync(process, output, errors);
        return new ProgramResult(process.ExitCode, await output, await errors);
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
