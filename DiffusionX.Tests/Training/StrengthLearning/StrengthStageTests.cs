using DiffusionX.Strength;
using DiffusionX.Training;
using DiffusionX.Training.StrengthLearning;

namespace DiffusionX.Tests.Training.StrengthLearning;

[TestFixture]
[NoTensorLeaks]
public sealed class StrengthStageTests
{
    private static readonly Dictionary<string, string> Encoders = new() { ["text_encoder"] = new string('a', 64) };

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void A_head_learns_what_a_constant_and_the_distance_do_not_tell()
    {
        using var stage = Stage(Examples(300));

        Train(stage, steps: 300);

        var metrics = stage.Metrics!;
        Assert.That((metrics.Training, metrics.HeldOut), Is.EqualTo((240, 60)));
        Assert.That(metrics.Head, Is.LessThan(0.5 * metrics.Constant).And.LessThan(0.5 * metrics.Distance));
    }

    [Test]
    public void Labels_that_are_nothing_but_noise_are_not_learned_by_heart()
    {
        var random = new Random(7);
        StrengthExample[] noise = [.. Examples(400).Select(example => example with { Features = Noise(random, 64), Label = 0.40 + (0.5 * random.NextDouble()) })];
        using var stage = Stage(noise);

        Train(stage, steps: 300);

        Assert.That(stage.Metrics!.Head, Is.LessThan(1.1 * stage.Metrics.Constant));
    }

    [Test]
    public void The_same_training_again_gives_the_same_head()
    {
        var random = new Random(7);
        StrengthExample[] noise = [.. Examples(400).Select(example => example with { Features = Noise(random, 64), Label = 0.40 + (0.5 * random.NextDouble()) })];
        using var first = Stage(noise);
        using var second = Stage(noise);
        Train(first, steps: 300);

        Train(second, steps: 300);

        Assert.That(second.Metrics, Is.EqualTo(first.Metrics));
    }

    [Test]
    public void What_is_trained_is_saved_with_the_fingerprints_of_its_encoders()
    {
        using (var stage = Stage(Examples(20)))
        {
            Train(stage, steps: 2);
        }

        using var head = StrengthHeadFolder.Load(folder.File("head"), StrengthSide.Edge, Encoders);

        Assert.That(head.Config.Encoders, Is.EqualTo(Encoders));
    }

    [TestCase("Edge", new[] { 5 * 128 })]
    [TestCase("Cloud", new[] { 256, 128, 64 })]
    public void The_edges_head_is_as_wide_as_the_five_that_it_is_the_mean_of(string name, int[] hiddenWidths)
    {
        var side = Enum.Parse<StrengthSide>(name);
        using (var stage = Stage(Examples(20), side: side))
        {
            Train(stage, steps: 2);
        }

        using var head = StrengthHeadFolder.Load(folder.File("head"), side, Encoders);

        Assert.That(head.Config.HiddenWidths, Is.EqualTo(hiddenWidths));
    }

    [Test]
    public void A_head_is_measured_with_its_predictions_raised_as_it_is_going_to_be_used()
    {
        using var stage = Stage(Examples(20), floor: new StrengthFloor(From: 0.40, Strength: 0.90));

        Train(stage, steps: 2);

        var heldOut = Examples(20).Where(example => example.HeldOut);
        Assert.That(stage.Metrics!.Head, Is.EqualTo(heldOut.Average(example => 0.90 - example.Label)).Within(1e-9));
    }

    [Test]
    public void The_learning_curve_has_the_errors_on_both_splits()
    {
        IReadOnlyList<LearningCurvePoint> shown = [];
        using var stage = Stage(Examples(40), curve => shown = curve);

        Train(stage, steps: 60);

        Assert.That(shown.Select(point => point.Step), Is.EqualTo(new[] { 0, 25, 50 }));
        Assert.That(shown[^1].TrainingError, Is.LessThan(shown[0].TrainingError));
    }

    [Test]
    public void Too_few_examples_are_refused() =>
        Assert.That(() => Stage(Examples(2)), Throws.TypeOf<StrengthException>().With.Message.Contains("too few"));

    [Test]
    public void The_best_constant_is_the_median_and_a_line_follows_the_distance()
    {
        StrengthExample[] examples = [Example(0.40, 0.0), Example(0.50, 0.1), Example(0.60, 0.2), Example(0.80, 0.4, heldOut: true)];

        var metrics = StrengthMetrics.Of(examples, heldOut => [.. heldOut.Select(_ => 0.75)]);

        Assert.That(new[] { metrics.Head, metrics.Constant, metrics.Distance }, Is.EqualTo(new[] { 0.05, 0.30, 0 }).Within(1e-9));
    }

    private static StrengthExample Example(double label, double distance, bool heldOut = false) => new(new float[1], label, distance, heldOut);

    // The label is a function of the features, and the distance says nothing.
    private static StrengthExample[] Examples(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            float[] features = [random.NextSingle(), random.NextSingle(), random.NextSingle()];
            return new StrengthExample(features, 0.40 + (0.5 * features[0] * features[1]), random.NextDouble(), HeldOut: i % 5 == 4);
        })];
    }

    private static float[] Noise(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];

    private StrengthStage Stage(
        StrengthExample[] examples, Action<IReadOnlyList<LearningCurvePoint>>? showing = null, StrengthSide side = StrengthSide.Edge, StrengthFloor? floor = null) =>
        new(side, Encoders, examples, folder.File("head"), seed: 1) { Floor = floor, Showing = (_, curve) => showing?.Invoke(curve) };

    private void Train(StrengthStage stage, int steps) =>
        new TrainingRun(stage, stage.Plan with { Steps = steps, LearningRate = 1e-2, WarmUpSteps = 5 }, folder.File("run"), seed: 1).Run();
}
