using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Evaluation.Latency;

[TestFixture]
[NoTensorLeaks]
public sealed class LatencyEvaluationTests
{
    private const string Both = "both";

    private static readonly PromptSession[] Sessions =
    [
        new("one", [new("a house"), new("a red house"), new("a red house, at night")]),
        new("two", [new("a moon"), new("a yellow moon")]),
    ];

    private TemporaryFolder models = null!;
    private DrawingSettings edge = null!;
    private DrawingSettings cloud = null!;
    private TemporaryFolder folder = null!;
    private List<ISessionSystem> systems = null!;

    [OneTimeSetUp]
    public async Task LoadModels()
    {
        models = new TemporaryFolder();
        MiniModel.Write(models.File("mini"));
        edge = new DrawingSettings(await DiffusionModel.LoadAsync(models.File("mini")), new GenerationDefaults { Steps = 4 });
        cloud = new DrawingSettings(await DiffusionModel.LoadAsync(models.File("mini")), new GenerationDefaults { Steps = 10 });
    }

    [OneTimeTearDown]
    public void FreeThem()
    {
        edge.Model.Dispose();
        cloud.Model.Dispose();
        models.Dispose();
    }

    [SetUp]
    public async Task StartSystems()
    {
        folder = new TemporaryFolder();
        systems =
        [
            await CloudOnly.StartAsync(cloud, new InMemoryTransport()),
            new EdgeOnly(edge),
            await EdgeAndCloud.StartAsync(Both, edge, cloud, new InMemoryTransport(), new EdgeAndCloudOptions
            {
                EdgeStrength = new FixedStrength(0.5),
                Cloud = new CloudRefinerOptions { Strength = new FixedStrength(0.8) },
            }),
        ];
    }

    [TearDown]
    public async Task EndThem()
    {
        foreach (var system in systems)
        {
            await system.DisposeAsync();
        }

        folder.Dispose();
    }

    [Test]
    public async Task Every_system_plays_every_session_with_its_own_steps()
    {
        var log = Log();

        await new LatencyEvaluation(systems, seed: 1).RunAsync(Sessions, log);

        var first = log.Measurements.Where(measurement => measurement.Session == "one").ToDictionary(measurement => measurement.System);
        Assert.Multiple(() =>
        {
            Assert.That(log.Measurements, Has.Count.EqualTo(6));
            Assert.That((first[CloudOnly.SystemName].EdgeSteps, first[CloudOnly.SystemName].CloudSteps), Is.EqualTo((0, 30)));
            Assert.That((first[EdgeOnly.SystemName].EdgeSteps, first[EdgeOnly.SystemName].CloudSteps), Is.EqualTo((12, 0)));
            Assert.That((first[Both].EdgeSteps, first[Both].CloudSteps), Is.EqualTo((4 + 2 + 2, 7)));
            Assert.That(first[Both].Strengths, Is.EqualTo(new[] { 0.5, 0.5, 0.8 }));
            Assert.That(first[Both].PromptDistances, Has.Length.EqualTo(2).And.All.GreaterThan(0));
            Assert.That(first[EdgeOnly.SystemName].BytesUp, Is.Zero);
            Assert.That(first[Both].BytesUp, Is.Positive);
            Assert.That(first[CloudOnly.SystemName].BytesDown, Is.GreaterThan(first[Both].BytesDown), "three pictures against one");
            Assert.That(log.Measurements.Select(measurement => measurement.Seconds), Has.All.GreaterThan(0));
        });
    }

    [Test]
    public async Task Another_system_begins_each_session()
    {
        var log = Log();

        await new LatencyEvaluation(systems, seed: 1).RunAsync(Sessions, log);

        Assert.That(
            log.Measurements.Select(measurement => measurement.System),
            Is.EqualTo(new[] { CloudOnly.SystemName, EdgeOnly.SystemName, Both, EdgeOnly.SystemName, Both, CloudOnly.SystemName }));
    }

    [Test]
    public async Task An_interrupted_evaluation_goes_on_and_loses_at_most_one_session()
    {
        using var interruption = new CancellationTokenSource();
        var played = new List<string>();
        Assert.That(
            () => new LatencyEvaluation(systems, seed: 1).RunAsync(Sessions, Log(), _ => Interrupt(played.Count == 2, interruption, played), cancellationToken: interruption.Token),
            Throws.InstanceOf<OperationCanceledException>());
        var kept = Log().Measurements.Count;

        var again = new List<SessionOutcome>();
        await new LatencyEvaluation(systems, seed: 1).RunAsync(Sessions, Log(), again.Add);

        Assert.That(kept, Is.EqualTo(3));
        Assert.That(again, Has.Count.EqualTo(6 - kept));
    }

    [Test]
    public async Task The_same_seed_draws_the_same_pictures_in_every_order()
    {
        var outcomes = new List<SessionOutcome>();
        await new LatencyEvaluation(systems, seed: 1).RunAsync(Sessions, Log(), outcomes.Add);
        var expected = outcomes.Last(outcome => outcome.Measurement.System == Both);

        var alone = await systems[2].PlayAsync(Sessions[1], seed: 1 + Sessions[0].Rounds.Length);

        Assert.That(alone.Final, Is.SamePictureAs(expected.Final));
    }

    [Test]
    public async Task A_step_of_a_model_takes_time_that_whole_and_half_runs_tell()
    {
        var speed = await ModelSpeed.MeasureAsync(cloud, repetitions: 2);

        Assert.Multiple(() =>
        {
            Assert.That(speed.Steps, Is.EqualTo(10));
            Assert.That(speed.Seconds(), Is.Positive);
            Assert.That(speed.SecondsPerStep, Is.Not.Negative);
        });
    }

    private static void Interrupt(bool now, CancellationTokenSource interruption, List<string> played)
    {
        played.Add("another");
        if (now)
        {
            interruption.Cancel();
        }
    }

    private SessionLog Log() => SessionLog.Open(folder.File("sessions.jsonl"), "two sessions");
}
