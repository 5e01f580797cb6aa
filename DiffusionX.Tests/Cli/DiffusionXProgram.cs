using System.Diagnostics;

namespace DiffusionX.Tests.Cli;

/// <summary>The console program as a user starts it: in a process of its own.</summary>
internal static class DiffusionXProgram
{
    /// <summary>Its path.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "diffusionx.exe" : "diffusionx");

    // Beyond them it hangs, however busy the machine is.
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(5);

    /// <summary>Runs the program to its end.</summary>
    public static Task<ProgramResult> RunAsync(params string[] arguments) => RunInAsync(Environment.CurrentDirectory, arguments);

    /// <summary>Runs the program to its end in a folder.</summary>
    public static async Task<ProgramResult> RunInAsync(string folder, params string[] arguments)
    {
        using var process = StartIn(folder, arguments);
        return await FinishAsync(process);
    }

    /// <summary>Runs the program to its end with an environment variable.</summary>
    public static async Task<ProgramResult> RunWithAsync(string variable, string value, params string[] arguments)
    {
        var start = StartInfo(Environment.CurrentDirectory, arguments);
        start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        return await FinishAsync(process);
    }

    public static Process Start(params string[] arguments) => StartIn(Environment.CurrentDirectory, arguments);

    public static Process StartIn(string folder, params string[] arguments) => Process.Start(StartInfo(folder, arguments))!;

    public static async Task<ProgramResult> FinishAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await EndAsync(process, output, error);
        return new ProgramResult(process.ExitCode, await output, await error);
    }

    /// <summary>Waits until a program has ended and all that it wrote is read; kills one that hangs.</summary>
    /// <exception cref="AssertionException">It hung.</exception>
    public static async Task EndAsync(Process process, params Task<string>[] streams)
    {
        try
        {
            await Task.WhenAll([process.WaitForExitAsync(), .. streams]).WaitAsync(LongestRun);
        }
        catch (TimeoutException)
        {
            throw Hung(process, $"did not end within {LongestRun}");
        }
    }

    /// <summary>The next line on a program's standard output, or null at its end; kills one that never writes it.</summary>
    /// <exception cref="AssertionException">It hung.</exception>
    public static async Task<string?> ReadLineAsync(Process process)
    {
        try
        {
            return await process.StandardOutput.ReadLineAsync().WaitAsync(LongestStart);
        }
        catch (TimeoutException)
        {
            throw Hung(process, $"wrote no line within {LongestStart}");
        }
    }

    private static AssertionException Hung(Process process, string how)
    {
        process.Kill(entireProcessTree: true);
        return new AssertionException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} {how}.");
    }

    private static ProcessStartInfo StartInfo(string folder, string[] arguments) => new(Program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
    };
}

/// <summary>What a run of the program left.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines on standard error that say what went wrong.</summary>
    public string[] ErrorLines => [.. Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("diffusionx:", StringComparison.Ordinal))];
}
