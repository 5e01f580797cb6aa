using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Throughput;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Evaluation.Throughput;

[TestFixture]
[NoTensorLeaks]
public sealed class ThroughputEvaluationTests
{
    private TemporaryFolder folder = null!;
    private DiffusionModel edge = null!;
    private DiffusionModel cloud = null!;

    [OneTimeSetUp]
    public async Task Load()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        edge = await DiffusionModel.LoadAsync(folder.Path);
        cloud = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { MaxBatch = 8 });
    }

    [OneTimeTearDown]
    public void Free()
    {
        edge.Dispose();
        cloud.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task Clients_share_steps_and_each_gets_its_pictures()
    {
        await using var evaluation = await StartAsync(sessions: 6);

        var measured = (await evaluation.PlayClosedAsync(6, TimeSpan.FromSeconds(1), turns: 1))[0][0];

        Assert.That(measured.MeanBatch, Is.GreaterThan(1.5));
        Assert.That(measured.Samples.Select(sample => sample.Session).Distinct(), Is.EquivalentTo(Enumerable.Range(0, 6)));
        Assert.That(measured.Samples, Has.All.Property(nameof(RefinementSample.Trouble)).Null);
    }

    // Two hundred of them for ten minutes: diffusionx evaluate throughput --clients 200 --seconds 600 --turns 1 --engine-only --rates 0
    [Test]
    public async Task Thirty_clients_get_a_result_or_a_clear_refusal_for_each_request()
    {
        await using var evaluation = await StartAsync(sessions: 30);

        var measured = (await evaluation.PlayClosedAsync(30, TimeSpan.FromSeconds(2), turns: 1))[0][0];

        Assert.That(measured.Samples.Select(sample => sample.Session).Distinct().Count(), Is.EqualTo(30));
        Assert.That(measured.Samples.Select(sample => sample.Trouble).OfType<string>(), Has.All.Contains("refused"));
    }

    [Test]
    public async Task Wishes_at_random_times_are_all_granted()
    {
        await using var evaluation = await StartAsync(sessions: 4);

        var measured = (await evaluation.PlayOpenAsync(perMinute: 600, TimeSpan.FromSeconds(1), turns: 1))[0][0];

        Assert.That(measured.Refined, Has.Count.InRange(3, 25));
    }

    [Test]
    public void Figures_are_of_what_was_measured()
    {
        RefinementSample[] samples = [.. Enumerable.Range(0, 9).Select(i => new RefinementSample(i % 3 == 0 ? 0 : 1, TimeSpan.FromSeconds(i), TimeSpan.FromSeconds(i + 2), null))];
        var measurement = new LoadMeasurement(2, TimeSpan.FromSeconds(10), [.. samples, new(0, TimeSpan.Zero, TimeSpan.FromSeconds(1), "refused")], MeanBatch: 2, ProcessorTime: TimeSpan.FromSeconds(18));

        Assert.That((measurement.PicturesPerMinute, measurement.Refined.Count, measurement.Seconds(0.5)), Is.EqualTo((60.0, 9, (double?)2)), "eight ended in the eight seconds after the first two");
        Assert.That(measurement.ProcessorSeconds, Is.EqualTo(2));
        Assert.That(measurement.SlowestShare, Is.EqualTo(3 / 4.5).Within(1e-9));
    }

    private Task<ThroughputEvaluation> StartAsync(int sessions) => ThroughputEvaluation.StartAsync(
        new DrawingSettings(edge, new GenerationDefaults()), [new DrawingSettings(cloud, new GenerationDefaults { Steps = 6 })], ["a red house", "two trees"], sessions);
}
