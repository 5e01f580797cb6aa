namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class EvaluateThroughputCommandTests : MiniPairTests
{
    [Test]
    public async Task Closed_and_open_loops_are_measured_for_one_at_a_time_and_for_the_engine()
    {
        var result = await EvaluateAsync("--clients", "1,3", "--rates", "60", "--max-batch", "4", "--steps", "4", "--seconds", "1", "--turns", "2");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("| 1 | one at a time |").And.Contain("| 1 | engine |").And.Contain("| 3 | one at a time |").And.Contain("| 3 | engine |"));
            Assert.That(result.Output, Does.Contain("| 60 | one at a time |").And.Contain("| 60 | engine |"));
            Assert.That(result.Output, Does.Contain("at most 4 pictures at once"));
        });
    }

    [TestCase("--clients", "0")]
    [TestCase("--clients", "many")]
    [TestCase("--rates", "-1")]
    public async Task Numbers_that_make_no_sense_are_refused(string option, string value)
    {
        var result = await EvaluateAsync(option, value);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain(option));
    }

    private Task<ProgramResult> EvaluateAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(Folder.Path, ["evaluate", "throughput", .. arguments]);
}
