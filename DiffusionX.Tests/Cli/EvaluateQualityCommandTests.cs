using DiffusionX.Evaluation.Prompts;
using DiffusionX.Tests.Evaluation.Quality;
using DiffusionX.Tests.Imaging;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

[TestFixture]
public sealed class EvaluateQualityCommandTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void WriteModels()
    {
        folder = new TemporaryFolder();
        MiniJudge.Write(folder.File("scenes"));
        MiniClip.Write(folder.File("clip"));
    }

    [TearDown]
    public void DeleteThem() => folder.Dispose();

    [Test]
    public async Task A_folder_is_measured_against_another_whose_statistics_are_kept()
    {
        WritePictures("true", 6, seed: 1);
        WritePictures("drawn", 5, seed: 100);

        var first = await EvaluateAsync("--images", "drawn", "--judge", "scenes", "--reference", "true", "--save-reference", "true.safetensors", "--work", "first");
        var second = await EvaluateAsync("--images", "drawn", "--judge", "scenes", "--reference", "true.safetensors", "--work", "second");

        Assert.Multiple(() =>
        {
            Assert.That(first.ExitCode, Is.Zero, first.Error);
            Assert.That(first.Output, Does.Match(@"\| Fréchet distance \| \d+\.\d{3} \[.*\] \| 5 \| 6 \| scenes judge.* \| none at 128×128"));
            Assert.That(second.Output, Is.EqualTo(first.Output), second.Error);
        });
    }

    [Test]
    public async Task A_model_draws_the_last_prompts_of_sessions()
    {
        MiniModel.Write(folder.File("mini"));
        PromptSet.Write(folder.File("prompts.jsonl"), [new PromptSession("one", [new("a house"), new("a red house")]), new PromptSession("two", [new("a moon")])]);

        var result = await EvaluateAsync("--model", "mini", "--prompts", "prompts.jsonl", "--clip", "clip", "--steps", "2", "--work", "work");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("what mini draws of \"a red house\" and so on in 2 steps").And.Match(@"\| CLIP score, mean cosine \| -?0\.\d{4} \[.*\] \| 2 \|"));
        });
    }

    [TestCase("--clip clip", 2, "either --images")]
    [TestCase("--model mini --clip clip", 2, "--prompts")]
    [TestCase("--images drawn --judge a --inception b", 2, "give one of them")]
    [TestCase("--images missing --clip clip", 1, "There is no folder missing")]
    [TestCase("--images scenes --clip clip", 1, "scenes has 0 pictures")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, int exitCode, string named)
    {
        var result = await EvaluateAsync(arguments.Split(' '));

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
        });
    }

    private Task<ProgramResult> EvaluateAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(folder.Path, ["evaluate", "quality", .. arguments]);

    private void WritePictures(string name, int count, int seed)
    {
        Directory.CreateDirectory(folder.File(name));
        for (var i = 0; i < count; i++)
        {
            Pictures.Noise(128, 128, seed + i).Save(folder.File($"{name}/{i}.png"));
        }
    }
}
