using DiffusionX.Imaging;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Tests.Strength;
using DiffusionX.Training.StrengthLabels;
using DiffusionX.Training.StrengthLearning;

namespace DiffusionX.Tests.Training.StrengthLearning;

[TestFixture]
[NoTensorLeaks]
public sealed class StrengthExamplesTests : MiniModelTests
{
    [OneTimeSetUp]
    public void WriteMiniEncoders() => MiniEncoders.Write(Folder.Path);

    [Test]
    public async Task Every_fifth_session_is_held_out_with_all_its_pairs()
    {
        var labels = Enumerable.Range(0, 10).SelectMany(session => new[] { Label($"s{session}", 2), Label($"s{session}", 3) }).ToArray();

        var examples = await StrengthExamples.OfEdgeAsync(labels, label => 0.5, Model);

        Assert.That(examples.Select((example, i) => (example, i)).Where(pair => pair.example.HeldOut).Select(pair => pair.i), Is.EqualTo(new[] { 8, 9, 18, 19 }));
    }

    [Test]
    public async Task An_example_of_the_edge_has_twice_the_embeddings_width_and_the_prompts_distance()
    {
        var example = (await StrengthExamples.OfEdgeAsync([Label("s", 2)], label => 0.55, Model))[0];

        Assert.That((example.Features.Length, example.Label), Is.EqualTo((2 * 32, 0.55)));
        Assert.That(example.Distance, Is.GreaterThan(0).And.LessThan(2));
    }

    [Test]
    public void An_example_of_the_cloud_reads_the_prompt_and_looks_at_the_draft()
    {
        using var encoders = MiniEncoders.Load(Folder.Path);
        var label = Label("s", 3);
        Directory.CreateDirectory(Folder.File("labels/starts"));
        new Picture(48, 40, new byte[48 * 40 * 3]).Save(StrengthLabelling.StartFile(Folder.File("labels"), label));

        var example = StrengthExamples.OfCloud([label], each => 0.6, encoders, Folder.File("labels"))[0];

        Assert.That(example.Features.Length, Is.EqualTo(16 + 8));
        Assert.That(example.Distance, Is.EqualTo(1 - label.StartScore));
    }

    [Test]
    public void The_floor_is_the_strength_that_scores_best_among_those_that_take_the_most_steps()
    {
        // At 10 steps, of which 5 are taken at the most, 0.50 takes as many as 0.90; 0.40 scores highest and takes fewer, and the held-out
        // session is not asked.
        var labels = Enumerable.Range(0, 5).Select(session => Label($"s{session}", 2) with { Scores = Scores(best: 8) }).ToArray();
        labels[4] = labels[4] with { Scores = Scores(best: 10, score: 100) };

        var floor = StrengthExamples.Floor(labels, new StrengthLabelOptions { Steps = 10, MaxStepFraction = 0.5 });

        Assert.That(floor, Is.EqualTo(new StrengthFloor(From: 0.50, Strength: 0.80)));
    }

    private static double[] Scores(int best, double score = 0.8) => [0.9, .. Enumerable.Range(1, 10).Select(i => i == best ? score : 0.7)];

    private static StrengthLabel Label(string session, int round) =>
        new(new StrengthPair(session, round, "a red house", "a yellow boat"), Seed: 1, StartScore: 0.25, new double[11], Noise: 0.01);
}
