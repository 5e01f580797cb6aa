using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// Mean and covariance of feature vectors that arrive in batches, so that the features of 30,000 pictures need not be kept. In float64,
/// and combined as Chan, Golub and LeVeque do ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979), which
/// loses no digits to large means.
/// </summary>
public sealed class FeatureStatistics : IDisposable
{
    private readonly Tensor mean;
    private readonly Tensor scatter;

    /// <summary>Starts without any features.</summary>
    /// <param name="width">The length D of a feature vector: 2048 for <see cref="Models.FidInceptionV3"/>.</param>
    public FeatureStatistics(int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Width = width;
        mean = zeros(width, ScalarType.Float64).DetachFromDisposeScope();
        scatter = zeros(width, width, ScalarType.Float64).DetachFromDisposeScope();
    }

    /// <summary>The length D of a feature vector.</summary>
    public int Width { get; }

    /// <summary>How many feature vectors were added.</summary>
    public long Count { get; private set; }

    /// <summary>The mean [D], float64 on the CPU; a copy for the caller to dispose.</summary>
    public Tensor Mean() => mean.clone();

    /// <summary>The covariance [D, D] with ddof 1, float64 on the CPU; a copy for the caller to dispose.</summary>
    /// <exception cref="InvalidOperationException">Fewer than two feature vectors were added.</exception>
    public Tensor Covariance() => Count >= 2
        ? scatter / (Count - 1)
        : throw new InvalidOperationException($"A covariance takes two feature vectors or more, and there are {Count}.");

    /// <summary>Adds a batch.</summary>
    /// <param name="features">[N, D], of any type, on any device.</param>
    /// <exception cref="ArgumentException">The features have another shape, or numbers that are not finite.</exception>
    public void Add(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2 || features.shape[1] != Width)
        {
            var shape = string.Join(", ", features.shape);
            throw new ArgumentException($"Features are [N, {Width}] here, and these are [{shape}].", nameof(features));
        }

        if (features.shape[0] == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var batch = features.to(ScalarType.Float64).cpu();
        if (!batch.isfinite().all().item<bool>())
        {
            throw new ArgumentException(
                "Some features are infinite or not a number: look for broken pictures, or a network in half precision.", nameof(features));
        }

        var batchMean = batch.mean([0]);
        var centered = batch - batchMean;
        Combine(batch.shape[0], batchMean, centered.t().mm(centered));
    }

    /// <summary>Adds all that another one has seen, as if its features had been added here.</summary>
    /// <exception cref="ArgumentException">The other's feature vectors have another length.</exception>
    public void Merge(FeatureStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Width != Width)
        {
            throw new ArgumentException($"Features of length {other.Width} can't be merged with those of length {Width}.", nameof(other));
        }

        if (other.Count > 0)
        {
            using var scope = NewDisposeScope();
            Combine(other.Count, other.mean, other.scatter);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mean.Dispose();
        scatter.Dispose();
    }

    private void Combine(long otherCount, Tensor otherMean, Tensor otherScatter)
    {
        var total = Count + otherCount;
        var difference = otherMean - mean;
        scatter.add_(otherScatter).add_(difference.outer(difference).mul_((double)Count * otherCount / total));
        mean.add_(difference.mul_((double)otherCount / total));
        Count = total;
    }
}
