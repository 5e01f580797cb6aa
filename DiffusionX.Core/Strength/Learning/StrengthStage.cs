using DiffusionX.Models;
using DiffusionX.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Strength.Learning;

/// <summary>
/// Learns a head from labels: absolute errors, squared where they are small (Huber, 1964), and λ·‖θ‖² as AdamW's weight decay. Squared ones, as in the paper, teach the mean of what
/// a label may be; labels are skewed, most pairs doing with the least strength, and where they are the mean is what no pair needs. A fifth of the examples that are not held
/// out only tells when to stop: the head is kept as it was when its error on them was lowest, since a head can learn a few hundred by heart.
/// </summary>
public sealed class StrengthStage : TrainingStage
{
    private const int MeasureEvery = 25;
    private const int StoppingShare = 5;

    // The distance of neighbouring labels: no error to speak of.
    private const double SmallError = 0.05;

    private readonly StrengthExample[] training;
    private readonly StrengthExample[] stopping;
    private readonly StrengthExample[] heldOut;
    private readonly Tensor features;
    private readonly Tensor labels;
    private readonly StrengthHead head;
    private readonly string folder;
    private readonly List<LearningCurvePoint> curve = [];
    private readonly BestWeights best;

    /// <param name="side">Whose strengths are learned: a small head for the edge, a deeper one for the cloud.</param>
    /// <param name="encoders">The fingerprints of the encoders that the examples come from.</param>
    /// <param name="examples">What is learned from, and what is held out.</param>
    /// <param name="folder">Where the head goes.</param>
    /// <param name="seed">Decides the first weights.</param>
    /// <exception cref="StrengthException">There are too few examples.</exception>
    public StrengthStage(
        StrengthSide side, IReadOnlyDictionary<string, string> encoders, IReadOnlyList<StrengthExample> examples, string folder, long seed)
    {
        ArgumentNullException.ThrowIfNull(examples);
        this.folder = folder;
        StrengthExample[] known = [.. examples.Where(example => !example.HeldOut)];
        var first = known.Length - (known.Length / StoppingShare);
        (training, stopping) = (known[..first], known[first..]);
        heldOut = [.. examples.Where(example => example.HeldOut)];
        if (stopping.Length == 0 || heldOut.Length == 0)
        {
            throw new StrengthException($"{known.Length} examples to learn from and {heldOut.Length} held out are too few. Label pairs of at least 10 sessions.");
        }

        Name = $"strength-{side.ToString().ToLowerInvariant()}";
        var config = new StrengthHeadConfig
        {
            Side = side,
            Inputs = training[0].Features.Length,
            HiddenWidths = side == StrengthSide.Edge ? [128] : [256, 128, 64],
            Encoders = encoders,
        };
        features = Batch(training).DetachFromDisposeScope();
        labels = tensor(training.Select(example => (float)example.Label).ToArray()).DetachFromDisposeScope();
        head = new StrengthHead(config);
        WeightInitialization.Draw(head, seed);
        head.BeginWith(StrengthFigures.Median(training));
        head.Standardise(features);
        best = new BestWeights(head);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override nn.Module Learner => head;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 3000, BatchSize = 64, LearningRate = 3e-4, WarmUpSteps = 50, WeightDecay = 0.3, AverageDecay = 0.99 };

    /// <summary>False: the best weights so far are in no checkpoint, and a head is learned in a second.</summary>
    public override bool CanResume => false;

    /// <inheritdoc/>
    public override string Note => curve.Count > 0 ? FormattableString.Invariant($"error on held-out pairs {curve[^1].HeldOutError:F3}") : "";

    /// <summary>What the head is worth; null before it is exported.</summary>
    public StrengthFigures? Figures { get; private set; }

    /// <summary>Draws how the errors fell since this process began.</summary>
    public Action<TrainingSnapshot, IReadOnlyList<LearningCurvePoint>>? Showing { get; init; }

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        if (step % MeasureEvery == 0)
        {
            curve.Add(new LearningCurvePoint(step, Error(training), Error(heldOut)));
            best.Offer(Error(stopping));
        }

        var drawn = randint(0, training.Length, [batchSize], ScalarType.Int64);
        return F.smooth_l1_loss(head.forward(features.index_select(0, drawn)), labels.index_select(0, drawn), beta: SmallError).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => Showing?.Invoke(snapshot, curve);

    /// <inheritdoc/>
    public override void Export()
    {
        best.Offer(Error(stopping));
        best.Restore();
        Figures = StrengthFigures.Of([.. training, .. stopping, .. heldOut], Predict);
        StrengthHeadFolder.Save(folder, head);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        head.Dispose();
        features.Dispose();
        labels.Dispose();
        best.Dispose();
        base.Dispose(disposing);
    }

    private static Tensor Batch(IReadOnlyList<StrengthExample> examples) =>
        tensor(examples.SelectMany(example => example.Features.ToArray()).ToArray(), [examples.Count, examples[0].Features.Length]);

    private double Error(IReadOnlyList<StrengthExample> examples) => StrengthFigures.Error(examples, Predict(examples));

    private IReadOnlyList<double> Predict(IReadOnlyList<StrengthExample> examples)
    {
        using var scope = NewDisposeScope();
        return head.Predict(Batch(examples));
    }
}
