using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Tests.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Tests.Training.StrengthLabels;

[TestFixture]
[NoTensorLeaks]
public sealed class StrengthLabellingTests
{
    private static readonly StrengthLabelOptions Options = new() { Steps = 4, Images = 2, Seed = 3 };

    private static readonly StrengthPair[] Pairs = [new("s", 2, "a red house", "a red boat"), new("s", 3, "a red boat", "a yellow boat")];

    private TemporaryFolder folder = null!;
    private DiffusionModel model = null!;
    private ClipScorer clip = null!;

    [OneTimeSetUp]
    public async Task LoadMiniModels()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        MiniEncoders.Write(folder.Path);
        model = await DiffusionModel.LoadAsync(folder.File("mini"));
        clip = ClipScorer.Load(folder.File("clip"), "mini");
    }

    [OneTimeTearDown]
    public void FreeThem()
    {
        clip.Dispose();
        model.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task Every_strength_of_a_pair_gets_a_score_and_the_start_is_kept_as_a_picture()
    {
        var label = (await LabelAsync("scores", Pairs[..1]))[0];

        Assert.That(label.Scores, Has.Count.EqualTo(11).And.All.InRange(-1, 1));
        Assert.That(label.Noise, Is.GreaterThan(0));
        Assert.That(StrengthLabelling.StartFile(folder.File("scores"), label), Does.Exist);
    }

    [Test]
    public async Task The_cloud_learns_from_drafts_that_the_edge_redrew_for_the_prompt()
    {
        using var cloud = await DiffusionModel.LoadAsync(folder.File("mini"));
        await LabelAsync("edge", Pairs[..1]);

        var label = (await new StrengthLabelling([new(model, cloud, clip)], Options).RunAsync(Pairs[..1], folder.File("cloud")))[0];

        var (drawn, redrawn) = (Picture.Load(StrengthLabelling.StartFile(folder.File("edge"), label)), Picture.Load(StrengthLabelling.StartFile(folder.File("cloud"), label)));
        Assert.That(redrawn, Is.Not.SamePictureAs(drawn));
    }

    [Test]
    public async Task Scores_are_averaged_over_the_starts()
    {
        var together = await LabelAsync("starts", Pairs[..1], Options with { Starts = 2, Images = 1 });

        var first = await LabelAsync("first", Pairs[..1], Options with { Images = 1 });
        Assert.That(together[0].Scores, Is.Not.EqualTo(first[0].Scores));
        Assert.That(together[0].Noise, Is.GreaterThan(0), "two pictures of two starts differ");
        Assert.That(first[0].Noise, Is.NaN);
    }

    [Test]
    public async Task What_a_picture_keeps_of_its_start_counts_as_much_as_its_weight_says()
    {
        var prompted = (await LabelAsync("prompted", Pairs[..1]))[0];

        var kept = (await LabelAsync("kept", Pairs[..1], Options with { KeptWeight = 0.5 }))[0];

        var likeness = kept.Scores.Zip(prompted.Scores, (sum, score) => (sum - score) / 0.5).ToArray();
        Assert.That(likeness, Is.All.InRange(-1.001, 1.001));
        Assert.That(likeness.Distinct().Count(), Is.GreaterThan(1), "more noise keeps less or more");
    }

    [Test]
    public async Task Two_sets_of_models_write_the_table_that_one_writes()
    {
        using var second = await DiffusionModel.LoadAsync(folder.File("mini"));
        await LabelAsync("alone", Pairs);

        await new StrengthLabelling([new(model, model, clip), new(second, second, clip)], Options).RunAsync(Pairs, folder.File("together"));

        Assert.That(File.ReadAllText(folder.File("together/labels.csv")), Is.EqualTo(File.ReadAllText(folder.File("alone/labels.csv"))));
    }

    [Test]
    public async Task An_interrupted_labelling_ends_with_the_table_of_an_uninterrupted_one()
    {
        await LabelAsync("whole", Pairs);
        await LabelAsync("broken", Pairs[..1]);

        await LabelAsync("broken", Pairs);

        Assert.That(File.ReadAllText(folder.File("broken/labels.csv")), Is.EqualTo(File.ReadAllText(folder.File("whole/labels.csv"))));
    }

    private Task<IReadOnlyList<StrengthLabel>> LabelAsync(string name, StrengthPair[] pairs, StrengthLabelOptions? options = null) =>
        new StrengthLabelling([new(model, model, clip)], options ?? Options).RunAsync(pairs, folder.File(name));
}
