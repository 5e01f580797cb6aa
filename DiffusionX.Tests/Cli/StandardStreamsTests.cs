using System.Diagnostics;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

/// <summary>Standard output and standard error that are closed or full.</summary>
[TestFixture]
[Platform("Linux")]
public sealed class StandardStreamsTests
{
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteAMiniModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
    }

    [OneTimeTearDown]
    public void DeleteIt() => folder.Dispose();

    [TestCase("2>/dev/full", 0)]
    [TestCase("2>&-", 0)]
    [TestCase(">&-", 0)]
    [TestCase(">&- 2>&-", 0)]
    [TestCase("<&- >&- 2>&-", 0)]
    [TestCase(">/dev/full", 1, Description = "results that could not be told are a failure, though the pictures are there")]
    public async Task A_stream_that_takes_nothing_costs_no_picture(string redirection, int exitCode)
    {
        using var pictures = new TemporaryFolder();

        var code = await RunAsync($"generate a b -m {folder.File("mini")} --steps 2 -n 2 -o {pictures.File("x.png")}", redirection);

        Assert.That(code, Is.EqualTo(exitCode));
        Assert.That(Directory.GetFiles(pictures.Path), Has.Length.EqualTo(4));
    }

    [TestCase("2>/dev/full")]
    [TestCase("2>&-")]
    public async Task An_error_that_nobody_can_read_is_an_exit_code(string redirection) =>
        Assert.That(await RunAsync("generate a -m missing", redirection), Is.EqualTo(1));

    private static async Task<int> RunAsync(string arguments, string redirection)
    {
        using var shell = Process.Start("/bin/sh", ["-c", $"'{DiffusionXProgram.Program}' {arguments} {redirection}"]);
        await shell.WaitForExitAsync();
        return shell.ExitCode;
    }
}
