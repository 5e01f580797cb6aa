using DiffusionX.Models.Common;
using DiffusionX.Strength;
using static TorchSharp.torch;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>
/// Learns a head from labels: absolute errors, squared where they are small (Huber, 1964), and λ·‖θ‖² as AdamW's weight decay. Squared
/// ones, as in the paper, teach the mean of what a label may be; labels are skewed, most pairs doing with the least strength, and where
/// they are the mean is what no pair needs. For the edge five heads learn, each without another fifth of the examples, which tells it when
/// to stop; the head that is kept is their mean, which is less wrong than any of them (bagging; Breiman, 1996).
/// </summary>
internal sealed class StrengthStage : TrainingStage
{
    private const int MeasureEvery = 25;
    private const int Parts = 5;

    private readonly StrengthExample[] known;
    private readonly StrengthExample[] heldOut;
    private readonly StrengthLearner[] learners;
    private readonly StrengthEnsemble ensemble;
    private readonly string folder;
    private readonly List<LearningCurvePoint> curve = [];

    /// <param name="side">Whose strengths are learned: small heads for the edge, a deeper one for the cloud.</param>
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
        known = [.. examples.Where(example => !example.HeldOut)];
        heldOut = [.. examples.Where(example => example.HeldOut)];
        if (known.Length < Parts || heldOut.Length == 0)
        {
            throw new StrengthException($"{known.Length} examples to learn from and {heldOut.Length} held out are too few. Label pairs of at least 10 sessions.");
        }

        Name = $"strength-{side.ToString().ToLowerInvariant()}";
        var config = new StrengthHeadConfig
        {
            Side = side,
            Inputs = known[0].Features.Length,
            HiddenWidths = side == StrengthSide.Edge ? [128] : [256, 128, 64],
            Encoders = encoders,
        };
        using var features = StrengthExample.Batch(known);
        learners = [.. Enumerable.Range(0, side == StrengthSide.Edge ? Parts : 1).Select(part => LearnerWithout(part, config, features, seed))];
        ensemble = new StrengthEnsemble([.. learners.Select(learner => learner.Head)]);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override nn.Module Learner => ensemble;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 3000, BatchSize = 64, LearningRate = 3e-4, WarmUpSteps = 50, WeightDecay = 0.3, AverageDecay = 0.99 };

    /// <summary>False: the best weights so far are in no checkpoint, and a head is learned in seconds.</summary>
    public override bool CanResume => false;

    /// <inheritdoc/>
    public override string Note => curve.Count > 0 ? FormattableString.Invariant($"error on held-out pairs {curve[^1].HeldOutError:F3}") : "";

    /// <summary>What the head is worth; null before it is exported.</summary>
    public StrengthMetrics? Metrics { get; private set; }

    /// <summary>What the head's predictions are raised to where that costs no steps; null where they never are.</summary>
    public StrengthFloor? Floor { get; init; }

    /// <summary>Draws how the errors fell since this process began.</summary>
    public Action<TrainingSnapshot, IReadOnlyList<LearningCurvePoint>>? Showing { get; init; }

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        if (step % MeasureEvery == 0)
        {
            curve.Add(new LearningCurvePoint(step, ensemble.Error(known), ensemble.Error(heldOut)));
            OfferBest();
        }

        return stack(learners.Select(learner => learner.Loss(batchSize))).sum().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => Showing?.Invoke(snapshot, curve);

    /// <inheritdoc/>
    public override void Export()
    {
        OfferBest();
        foreach (var learner in learners)
        {
            learner.RestoreBest();
        }

        using var head = ensemble.ToHead(Floor);
        var formula = head.ToMlp();
        Metrics = StrengthMetrics.Of([.. known, .. heldOut], examples => [.. examples.Select(example => formula.Predict(example.Features.Span))]);
        StrengthHeadFolder.Save(folder, head);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var learner in learners)
        {
            learner.Dispose();
        }

        ensemble.Dispose();
        base.Dispose(disposing);
    }

    private StrengthLearner LearnerWithout(int part, StrengthHeadConfig config, Tensor features, long seed)
    {
        var (first, end) = (known.Length * (Parts - 1 - part) / Parts, known.Length * (Parts - part) / Parts);
        var head = new StrengthHead(config);
        WeightInitialization.Draw(head, seed + part);
        head.BeginWith(StrengthMetrics.Median(known));
        head.Standardise(features);
        return new StrengthLearner(head, training: [.. known[..first], .. known[end..]], stopping: known[first..end]);
    }

    private void OfferBest()
    {
        foreach (var learner in learners)
        {
            learner.OfferBest();
        }
    }
}
