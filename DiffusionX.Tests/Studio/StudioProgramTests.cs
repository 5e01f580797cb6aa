using System.Diagnostics;
using DiffusionX.Tests.Cli;

namespace DiffusionX.Tests.Studio;

/// <summary>The studio as a user starts it: in a process of its own.</summary>
[TestFixture]
public sealed class StudioProgramTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "DiffusionX.Studio.exe" : "DiffusionX.Studio");

    [TestCase("--edge nowhere", "There is no folder nowhere.")]
    [TestCase("--cloud-model nowhere", "There is no folder nowhere.")]
    [TestCase("--url http://192.168.1.20:7860", "listens on this machine alone")]
    [TestCase("--link carrier-pigeon", "mobile20")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure_before_anything_opens(string arguments, string part)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo(Program, [.. arguments.Split(' '), "--sessions", folder.File("sessions")]) { WorkingDirectory = folder.File("."), RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;

        var result = await DiffusionXProgram.FinishAsync(process);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.Error);
            Assert.That(result.Output, Does.Not.Contain("is open"));
            Assert.That(result.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1), result.Error);
            Assert.That(result.Error, Does.StartWith("studio: ").And.Contain(part));
        });
    }
}
