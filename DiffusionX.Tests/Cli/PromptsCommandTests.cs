using System.Text.Json;
using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Tests.Cli;

[TestFixture]
public sealed class PromptsCommandTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public async Task Sessions_are_drawn_from_captions_of_COCO()
    {
        var annotations = Enumerable.Range(1, 30).Select(i => new { image_id = i, id = i, caption = "A brown dog sitting on a beach near a ball." });
        folder.Write("captions.json", JsonSerializer.Serialize(new { annotations }));

        var result = await DiffusionXProgram.RunInAsync(folder.Path, "prompts", "coco", "--captions", "captions.json", "--out", "coco.jsonl", "--sessions", "20", "--rounds", "3");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Is.EqualTo("coco.jsonl: 20 sessions of 3 rounds.\n"));
            Assert.That(PromptSet.Read(folder.File("coco.jsonl")), Has.Count.EqualTo(20));
        });
    }

    [Test]
    public async Task Sessions_are_drawn_from_scenes_the_same_ones_for_a_seed()
    {
        await DiffusionXProgram.RunInAsync(folder.Path, "prompts", "scenes", "--out", "first.jsonl", "--sessions", "5", "--seed", "2");
        await DiffusionXProgram.RunInAsync(folder.Path, "prompts", "scenes", "--out", "second.jsonl", "--sessions", "5", "--seed", "2");

        var sessions = PromptSet.Read(folder.File("first.jsonl"));
        Assert.Multiple(() =>
        {
            Assert.That(sessions.Select(session => session.Rounds.Length), Is.EqualTo(new[] { 3, 3, 3, 3, 3 }));
            Assert.That(sessions.Select(session => session.Id), Has.All.StartsWith("scenes-evaluation-"));
            Assert.That(PromptSet.Read(folder.File("second.jsonl")), Is.EqualTo(sessions));
        });
    }

    [TestCase("coco --captions missing.json", 1, "missing.json can't be read")]
    [TestCase("coco", 2, "--captions")]
    [TestCase("scenes --rounds 1", 2, "--rounds is 1; it has to be 2 to 16")]
    [TestCase("scenes --sessions 0", 2, "--sessions is 0")]
    [TestCase("scenes --sessions many", 2, "many")]
    [TestCase("scenes --out missing/prompts.jsonl", 1, "can't be written")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, int exitCode, string named)
    {
        var result = await DiffusionXProgram.RunInAsync(folder.Path, ["prompts", .. arguments.Split(' ')]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }
}
