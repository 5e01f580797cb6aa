using DiffusionX.Schedulers;
using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Tests.Training.StrengthLabels;

[TestFixture]
public sealed class StrengthLabelTableTests
{
    private static readonly StrengthLabelOptions Options = new() { Images = 2, Steps = 10, GuidanceScale = 7.5 };
    private static readonly StrengthPair Awkward = new("s", 2, "a \"boat\", red", "a boat\nat night");

    private TemporaryFolder folder = null!;

    private string Path => folder.File("labels.csv");

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void A_label_is_found_again_by_its_pair()
    {
        Open().Add(Label(Awkward, seed: 5));

        var found = Open().Find(Awkward)!;

        Assert.That((found.Pair.StartPrompt, found.Pair.Prompt, found.Seed, found.StartScore), Is.EqualTo((Awkward.StartPrompt, "a boat at night", 5, 0.25)));
        Assert.That(found.Scores, Is.EqualTo(Label(Awkward, seed: 5).Scores).Within(1e-6));
    }

    [Test]
    public void A_line_that_was_not_finished_is_cut_off_and_written_anew()
    {
        var table = Open();
        table.Add(Label(Awkward, seed: 5));
        File.AppendAllText(Path, "s,3,\"a bo");

        var reopened = Open();
        reopened.Add(Label(Awkward with { Round = 3 }, seed: 6));

        Assert.That(Open().Labels.Select(label => label.Seed), Is.EqualTo(new[] { 5L, 6L }));
    }

    private static IEnumerable<TestCaseData<object, string>> OtherSettings()
    {
        yield return new(Options with { Steps = 20 }, "steps 10");
        yield return new(Options with { Images = 4 }, "images 2");
        yield return new(Options with { GuidanceScale = 3 }, "guidance 7.5");
        yield return new(Options with { Scheduler = SchedulerKind.Ddim }, "solver default");
        yield return new(Options with { Seed = 2 }, "first_seed 1");
    }

    [TestCaseSource(nameof(OtherSettings))]
    public void Labels_of_other_settings_are_refused(object settings, string was)
    {
        Open().Add(Label(Awkward, seed: 5));

        Assert.That(() => Open((StrengthLabelOptions)settings), Throws.TypeOf<StrengthException>().With.Message.Contains("line 2").And.Message.Contains(was));
    }

    [Test]
    public void Labels_of_other_models_are_refused()
    {
        Open().Add(Label(Awkward, seed: 5));

        Assert.That(() => StrengthLabelTable.Open(Path, Options, "others"), Throws.TypeOf<StrengthException>().With.Message.Contains("models"));
    }

    [Test]
    public void A_pair_of_the_same_name_with_another_prompt_is_not_taken_for_it()
    {
        Open().Add(Label(Awkward, seed: 5));

        Assert.That(() => Open().Find(Awkward with { Prompt = "a fish" }), Throws.TypeOf<StrengthException>().With.Message.Contains("a fish"));
    }

    [Test]
    public void A_file_that_is_no_table_of_labels_is_refused()
    {
        File.WriteAllText(Path, "name,age\nAda,36\n");

        Assert.That(() => Open(), Throws.TypeOf<StrengthException>().With.Message.Contains("columns"));
    }

    [Test]
    public void A_line_with_a_stray_quote_is_named()
    {
        Open().Add(Label(Awkward, seed: 5));
        File.AppendAllText(Path, "s,3,a boat,a \"red\" boat,5\n");

        Assert.That(() => Open(), Throws.TypeOf<StrengthException>().With.Message.Contains("line 3").And.Message.Contains("quote"));
    }

    private StrengthLabelTable Open(StrengthLabelOptions? options = null) => StrengthLabelTable.Open(Path, options ?? Options, "these");

    private static StrengthLabel Label(StrengthPair pair, long seed) =>
        new(pair, seed, StartScore: 0.25, [.. Enumerable.Range(0, 11).Select(i => 0.2 + (0.01 * i))], Noise: 0.004);
}
