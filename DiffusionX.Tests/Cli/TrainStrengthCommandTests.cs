using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Cli;

/// <summary>With the models that come with the repository, and as few sessions as can be learned from.</summary>
[TestFixture]
public sealed class TrainStrengthCommandTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [TestCase("Edge", "0.5")]
    [TestCase("Cloud", "0.7")]
    public async Task Labels_are_drawn_with_as_many_steps_as_that_side_redraws_with(string side, string shareOfSteps)
    {
        var result = await TrainAsync("--side", side, "--sessions", "10", "--images", "1", "--drawing-steps", "2", "--steps", "1", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(await File.ReadAllLinesAsync(folder.File("work/labels/labels.csv")), Has.Length.GreaterThan(10).And.Some.Contain($",1,1,2,{shareOfSteps},"));
        Assert.That(File.Exists(folder.File("head/config.json")), Is.True);
        Assert.That(JsonOutputTests.Of(result, "training").Single().GetProperty("steps").GetInt32(), Is.EqualTo(1));
        Assert.That(JsonOutputTests.Of(result, "trained").Single().GetProperty("path").GetString(), Is.EqualTo(folder.File("head")));
    }

    [TestCase("several starts, whose drafts the cloud sees one by one", "Cloud", "--starts", "2")]
    [TestCase("features of a draft, which the edge has not got", "Edge", "--papers-features")]
    public async Task What_the_other_side_learns_from_is_refused(string what, string side, params string[] arguments)
    {
        var result = await TrainAsync(["--side", side, "--sessions", "10", .. arguments]);

        Assert.That(result.ExitCode, Is.Not.Zero, what);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.Some.Contain(arguments[0]));
        Assert.That(Directory.Exists(folder.File("work")), Is.False, "nothing was drawn");
    }

    private Task<ProgramResult> TrainAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(
        ReferenceFolder.ProjectRoot, ["train", "strength", "--work", folder.File("work"), "--out", folder.File("head"), .. arguments]);
}
