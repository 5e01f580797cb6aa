using System.Diagnostics;
using DiffusionX.Tests.Cli;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>A gateway or a worker as a user starts it, in a process of its own.</summary>
internal sealed class FleetProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;
    private readonly Task<string> output;

    private FleetProcess(Process process, Task<string> errors, string firstLine)
    {
        this.process = process;
        this.errors = errors;
        Address = firstLine.Split(' ', ';') is ["Listening", "on", var address, ..] ? address : "";
        output = process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Where a gateway listens.</summary>
    public string Address { get; }

    public int Id => process.Id;

    /// <summary>What it has written to standard error, when it has ended.</summary>
    public Task<string> Errors => errors;

    /// <summary>Starts a worker with a mini model, and waits until it takes requests.</summary>
    public static Task<FleetProcess> WorkerAsync(NatsServer nats, string model, params string[] arguments) =>
        StartAsync(["worker", "--nats", nats.Url, "--model", model, "--monitoring", "none", "--cloud-strength", "0.5", "--max-batch", "1", .. arguments]);

    /// <summary>Starts a gateway, and waits until it listens.</summary>
    public static Task<FleetProcess> GatewayAsync(NatsServer nats, params string[] arguments) => GatewayAtAsync(nats, port: 0, arguments);

    /// <summary>Starts a gateway on a port, and waits until it listens.</summary>
    public static Task<FleetProcess> GatewayAtAsync(NatsServer nats, int port, params string[] arguments) =>
        StartAsync(["gateway", "--nats", nats.Url, "--listen", $"tcp://127.0.0.1:{port}", "--monitoring", "none", .. arguments]);

    /// <summary>Ends it as a power failure does.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Asks it to stop, as a system does.</summary>
    public async Task<ProgramResult> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await DiffusionXProgram.EndAsync(process, output, errors);
        return new ProgramResult(process.ExitCode, await output, await errors);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        // For whoever reads why a test failed.
        TestContext.Out.Write(errors.Result);
        process.Dispose();
    }

    /// <summary>Starts the program with any arguments, and waits for its first line.</summary>
    public static async Task<FleetProcess> StartAsync(string[] arguments)
    {
        var process = DiffusionXProgram.Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        return await DiffusionXProgram.ReadLineAsync(process) is { } line
            ? new FleetProcess(process, errors, line)
            : throw new AssertionException($"diffusionx {string.Join(' ', arguments)} did not start: {await errors}");
    }
}
