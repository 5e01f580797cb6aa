using DiffusionX.Models.Common;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Training;

[TestFixture]
[NoTensorLeaks]
public sealed class TrainingRunTests
{
    private static readonly TrainingPlan Plan = new() { Steps = 40, BatchSize = 8, LearningRate = 0.3, WarmUpSteps = 5 };

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeAFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void It_walks_the_loss_down()
    {
        using var stage = new LineStage();

        Run(stage, Plan);

        Assert.That(stage.Weight, Is.EqualTo(3).Within(0.2));
    }

    [Test]
    public void An_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one()
    {
        using var whole = new LineStage();
        using var broken = new LineStage();
        using var resumed = new LineStage();
        using var interruption = new CancellationTokenSource();
        Run(whole, Plan, "whole");

        Assert.That(() => Run(broken, Plan, "broken", progress => CancelAt(17, progress, interruption), interruption.Token), Throws.InstanceOf<OperationCanceledException>());
        Run(resumed, Plan, "broken");

        Assert.That(resumed.Exported, Is.EqualTo(whole.Exported));
    }

    [Test]
    public void What_is_exported_is_the_average_of_the_weights()
    {
        using var stage = new LineStage();

        Run(stage, Plan);

        Assert.That(stage.Exported, Is.Not.EqualTo(stage.Weight));
    }

    [Test]
    public void A_loss_that_is_no_number_ends_the_run_with_an_error_that_says_at_which_step()
    {
        using var stage = new LineStage { BreaksAt = 3 };

        Assert.That(() => Run(stage, Plan), Throws.TypeOf<TrainingException>().With.Message.Contains("at step 3"));
    }

    [Test]
    public void A_checkpoint_of_another_seed_is_refused()
    {
        using var first = new LineStage();
        using var second = new LineStage();
        Run(first, Plan);

        var run = new TrainingRun(second, Plan, folder.File("run"), seed: 2);

        Assert.That(() => run.Run(), Throws.InstanceOf<DiffusionXException>().With.Message.Contains("seed 2"));
    }

    private static void CancelAt(int step, TrainingProgress progress, CancellationTokenSource interruption)
    {
        if (progress.Step == step)
        {
            interruption.Cancel();
        }
    }

    private void Run(LineStage stage, TrainingPlan plan, string name = "run", Action<TrainingProgress>? watch = null, CancellationToken cancellationToken = default)
    {
        new TrainingRun(stage, plan, folder.File(name), seed: 1).Run(new Recorder<TrainingProgress>(watch), cancellationToken);
    }

    /// <summary>Learns y = 3x from noisy points.</summary>
    private sealed class LineStage : TrainingStage
    {
        private readonly Linear line;

        public LineStage()
        {
            line = new Linear(1, 1, hasBias: false);
            using var noGradient = no_grad();
            line.parameters().Single().zero_();
        }

        public int? BreaksAt { get; init; }

        public float Exported { get; private set; }

        public float Weight => line.parameters().Single().item<float>();

        public override string Name => "line";

        public override nn.Module Learner => line;

        public override TrainingPlan Plan => TrainingRunTests.Plan;

        public override Tensor Loss(int step, int batchSize)
        {
            using var scope = NewDisposeScope();
            var x = randn(batchSize, 1);
            var y = (x * 3) + (0.01 * randn(batchSize, 1));
            var loss = (line.forward(x) - y).square().mean();
            return (step == BreaksAt ? loss * float.NaN : loss).MoveToOuterDisposeScope();
        }

        public override void Export() => Exported = Weight;

        protected override void Dispose(bool disposing)
        {
            line.Dispose();
            base.Dispose(disposing);
        }
    }
}
