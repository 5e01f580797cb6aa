namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class EvaluateLatencyCommandTests : MiniPairTests
{
    [Test]
    public async Task All_systems_are_measured_and_forecast_here_elsewhere_and_for_the_paper()
    {
        Folder.Write("server.json", """{"name": "a server", "edge": {"secondsPerStep": 1, "steps": 4}, "cloud": {"secondsPerStep": 2, "steps": 4}}""");

        var result = await EvaluateAsync("--sessions", "2", "--steps", "4", "--link", "unlimited", "--hardware", "server.json", "--work", "first");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("| cloud only | 2 |").And.Contain("| edge only | 2 |"));
            Assert.That(result.Output, Does.Contain("| DiffusionX, fixed strength | 2 |").And.Contain("| DiffusionX | 2 |"));
            Assert.That(result.Output, Does.Contain("Forecast for a server").And.Contain("| cloud only | 24.000 |"));
            Assert.That(result.Output, Does.Contain("| DiffusionX without predictor | 0.800 | 14.19 | 13.96 |"));
            Assert.That(File.Exists(Folder.File("first/this-machine.json")), Is.True);
        });
    }

    [Test]
    public async Task Sessions_that_are_in_the_log_are_not_played_again()
    {
        await EvaluateAsync("--sessions", "2", "--steps", "4", "--link", "unlimited", "--work", "again");
        var log = await File.ReadAllLinesAsync(Folder.File("again/sessions.jsonl"));

        var result = await EvaluateAsync("--sessions", "2", "--steps", "4", "--link", "unlimited", "--work", "again");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(await File.ReadAllLinesAsync(Folder.File("again/sessions.jsonl")), Is.EqualTo(log).And.Length.EqualTo(9));
    }

    [Test]
    public async Task Ablations_change_one_thing_at_a_time()
    {
        var result = await EvaluateAsync("--sessions", "1", "--steps", "6", "--link", "unlimited", "--ablations", "--work", "ablations");

        string[] changes = ["every 2nd cloud step", "feature cache 2", "feature cache 3", "guidance interval", "latent relay", "8-bit latents"];
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(changes, Has.All.Matches<string>(change => result.Output.Contains($"| DiffusionX with {change} | 1 |", StringComparison.Ordinal)), result.Output);
    }

    [TestCase("--edge-strength missing", 1, "missing")]
    [TestCase("--cloud-strength missing", 1, "missing")]
    [TestCase("--cloud-strength 1.5", 1, "1.5 is no strength")]
    [TestCase("--prompts missing.jsonl", 1, "missing.jsonl can't be read")]
    [TestCase("--hardware missing.json", 1, "missing.json can't be read")]
    [TestCase("--fixed-strength 2", 2, "--fixed-strength is 2; it has to be 0 to 1")]
    [TestCase("--link pigeon", 2, "pigeon")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, int exitCode, string named)
    {
        var result = await EvaluateAsync([.. arguments.Split(' '), "--work", TestContext.CurrentContext.Test.ID]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
        });
    }

    private Task<ProgramResult> EvaluateAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(Folder.Path, ["evaluate", "latency", .. arguments]);
}
