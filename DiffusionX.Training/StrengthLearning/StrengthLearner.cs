using DiffusionX.Strength;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>
/// One head that learns from some examples, and is kept as it was when its error on others was lowest: a head can learn a few hundred by
/// heart.
/// </summary>
internal sealed class StrengthLearner : IDisposable
{
    // The distance of neighbouring labels: no error to speak of.
    private const double SmallError = 0.05;

    private readonly StrengthExample[] stopping;
    private readonly Tensor features;
    private readonly Tensor labels;
    private readonly BestWeights best;

    /// <param name="head">The head; it stays the caller's.</param>
    /// <param name="training">What it learns from.</param>
    /// <param name="stopping">What tells when to stop.</param>
    public StrengthLearner(StrengthHead head, IReadOnlyList<StrengthExample> training, IReadOnlyList<StrengthExample> stopping)
    {
        Head = head;
        this.stopping = [.. stopping];
        features = StrengthExample.Batch(training).DetachFromDisposeScope();
        labels = tensor(training.Select(example => (float)example.Label).ToArray()).DetachFromDisposeScope();
        best = new BestWeights(head);
    }

    /// <summary>The head.</summary>
    public StrengthHead Head { get; }

    /// <summary>The loss of a batch of the examples that it learns from.</summary>
    public Tensor Loss(int batchSize)
    {
        using var scope = NewDisposeScope();
        var drawn = randint(0, labels.shape[0], [batchSize], ScalarType.Int64);
        return F.smooth_l1_loss(Head.forward(features.index_select(0, drawn)), labels.index_select(0, drawn), beta: SmallError).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the head as it is now, if it has never been less wrong.</summary>
    public void OfferBest() => best.Offer(StrengthMetrics.Error(stopping, StrengthExample.Predict(Head, stopping)));

    /// <summary>Makes the head what it was when it was least wrong.</summary>
    public void RestoreBest() => best.Restore();

    public void Dispose()
    {
        features.Dispose();
        labels.Dispose();
        best.Dispose();
    }
}
