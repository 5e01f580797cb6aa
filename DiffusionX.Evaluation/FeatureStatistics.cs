using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// Mean and covariance of features, gathered batch by batch in float64, so that the features of 30,000 pictures need not be kept.
/// Statistics of parts can be gathered apart and merged (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
/// Sample Variances", 1979).
/// </summary>
/// <remarks>Not safe for use by several threads at once: give each its own and merge them.</remarks>
internal sealed class FeatureStatistics : IDisposable
{
    private const string CountName = "count";
    private const string MeanName = "mean";
    private const string CovarianceName = "covariance";

    private readonly Tensor mean;

    // Σ (x - mean)(x - mean)ᵀ
    private readonly Tensor scatter;

    /// <summary>Statistics of nothing yet.</summary>
    /// <param name="featureCount">Numbers that describe one sample: 2048 for <see cref="Inception.FidInceptionV3"/>.</param>
    public FeatureStatistics(long featureCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(featureCount);
        FeatureCount = featureCount;
        mean = zeros([featureCount], ScalarType.Float64).DetachFromDisposeScope();
        scatter = zeros([featureCount, featureCount], ScalarType.Float64).DetachFromDisposeScope();
    }

    /// <summary>Numbers that describe one sample, D.</summary>
    public long FeatureCount { get; }

    /// <summary>Samples so far. Fewer of them bias the Fréchet distance up: print the count beside it.</summary>
    public long Count { get; private set; }

    /// <summary>The statistics of a set of features [N, D] that is there as a whole.</summary>
    /// <exception cref="EvaluationException">The shape is another one, or features are NaN or infinite.</exception>
    public static FeatureStatistics Of(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var rows = Samples.Checked(features, "features");
        var statistics = new FeatureStatistics(rows.shape[1]);
        statistics.AddChecked(rows);
        return statistics;
    }

    /// <summary>Statistics that <see cref="Save"/> wrote.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <exception cref="CheckpointException">The file can't be read, or lacks one of the tensors.</exception>
    /// <exception cref="EvaluationException">The tensors in it are no statistics.</exception>
    public static FeatureStatistics Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        var count = file.Read(CountName);
        var mean = file.Read(MeanName);
        var covariance = file.Read(CovarianceName);
        RefuseOtherTensors(path, count, mean, covariance);
        var statistics = new FeatureStatistics(mean.shape[0]) { Count = count.item<long>() };
        statistics.mean.copy_(mean);
        statistics.scatter.copy_(covariance.mul_(statistics.Count - 1));
        return statistics;
    }

    /// <summary>Adds a batch of samples.</summary>
    /// <param name="features">[B, D] of any floating-point type, on any device.</param>
    /// <exception cref="EvaluationException">The shape is another one, or features are NaN or infinite. Nothing was added then.</exception>
    public void Add(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var rows = Samples.Checked(features, "features");
        RefuseOtherWidth(rows.shape[1]);
        AddChecked(rows);
    }

    /// <summary>Adds all samples that other statistics were gathered from; those stay as they are.</summary>
    /// <exception cref="EvaluationException">The others are of features of another width.</exception>
    public void Merge(FeatureStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        RefuseOtherWidth(other.FeatureCount);
        Combine(other.Count, other.mean, other.scatter);
    }

    /// <summary>The mean, [D] in float64.</summary>
    /// <exception cref="EvaluationException">There are fewer than 2 samples.</exception>
    public Tensor Mean()
    {
        RefuseTooFew();
        return mean.clone();
    }

    /// <summary>The unbiased covariance (divided by N - 1), [D, D] in float64.</summary>
    /// <exception cref="EvaluationException">There are fewer than 2 samples.</exception>
    public Tensor Covariance()
    {
        RefuseTooFew();
        return scatter / (Count - 1);
    }

    /// <summary>Writes count, mean and covariance to a .safetensors file: those of a set that is measured against often.</summary>
    /// <param name="path">Where to; a file that is there is replaced.</param>
    /// <exception cref="EvaluationException">There are fewer than 2 samples.</exception>
    /// <exception cref="CheckpointException">The file can't be written.</exception>
    public void Save(string path)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(path, new Dictionary<string, Tensor>
        {
            [CountName] = tensor(Count),
            [MeanName] = Mean(),
            [CovarianceName] = Covariance(),
        });
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        mean.Dispose();
        scatter.Dispose();
    }

    private static void RefuseOtherTensors(string path, Tensor count, Tensor mean, Tensor covariance)
    {
        var areStatistics = count.numel() == 1 && count.dtype == ScalarType.Int64 && count.item<long>() >= 2
            && mean.dtype == ScalarType.Float64 && mean.dim() == 1 && mean.numel() > 0
            && covariance.dtype == ScalarType.Float64 && covariance.shape.SequenceEqual([mean.shape[0], mean.shape[0]]);
        if (!areStatistics)
        {
            throw new EvaluationException(
                $"{path} holds no statistics of features: those are '{CountName}' (int64, at least 2), '{MeanName}' [D] "
                + $"and '{CovarianceName}' [D, D] (float64).");
        }

        RefuseBroken(path, mean);
        RefuseBroken(path, covariance);
    }

    private static void RefuseBroken(string path, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        if (!numbers.isfinite().all().item<bool>())
        {
            throw new EvaluationException($"The statistics in {path} hold NaN or infinity.");
        }
    }

    private void AddChecked(Tensor rows)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var batchMean = rows.mean([0]);
        var centred = rows - batchMean;
        Combine(rows.shape[0], batchMean, centred.t().mm(centred));
    }

    private void Combine(long otherCount, Tensor otherMean, Tensor otherScatter)
    {
        if (otherCount == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var total = Count + otherCount;
        var share = (double)otherCount / total;
        var shift = otherMean - mean;
        scatter.add_(otherScatter).add_(shift.outer(shift).mul_(Count * share));
        mean.add_(shift.mul_(share));
        Count = total;
    }

    private void RefuseOtherWidth(long width)
    {
        if (width != FeatureCount)
        {
            throw new EvaluationException(
                $"These statistics are of {FeatureCount} features a sample, but {width} were given: they come from different models.");
        }
    }

    private void RefuseTooFew()
    {
        if (Count < 2)
        {
            throw new EvaluationException($"A covariance takes at least 2 samples, and there {(Count == 1 ? "is 1" : "are none")}.");
        }
    }
}
