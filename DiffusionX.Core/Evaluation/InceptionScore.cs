using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// The Inception Score: high where each picture is clearly of one class and all of them together are of many (Salimans et al., "Improved
/// Techniques for Training GANs", 2016).
/// </summary>
/// <param name="Mean">The mean over the splits: from 1 to the number of classes.</param>
/// <param name="StandardDeviation">The standard deviation over the splits, ddof 0.</param>
public readonly record struct InceptionScore(double Mean, double StandardDeviation)
{
    /// <summary>
    /// exp of the mean KL(p(class | picture) ‖ p(class)), in each of some splits of equal size, taken in the pictures' order.
    /// </summary>
    /// <param name="logits">[N, classes], before the softmax.</param>
    /// <param name="splits">How many splits, at most N.</param>
    /// <exception cref="ArgumentException">The logits have another shape or numbers that are not finite.</exception>
    public static InceptionScore Of(Tensor logits, int splits = 10)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(splits);
        if (logits.dim() != 2 || logits.shape[0] < splits || logits.shape[1] == 0)
        {
            var shape = string.Join(", ", logits.shape);
            throw new ArgumentException($"Logits are [N, classes], N {splits} splits or more, and these are [{shape}].", nameof(logits));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wide = logits.to(ScalarType.Float64);
        if (!wide.isfinite().all().item<bool>())
        {
            throw new ArgumentException("Some logits are infinite or not a number.", nameof(logits));
        }

        var scores = Enumerable.Range(0, splits).Select(split => ScoreOf(Slice(wide, split, splits))).ToArray();
        var mean = scores.Average();
        return new InceptionScore(mean, Math.Sqrt(scores.Average(score => (score - mean) * (score - mean))));
    }

    private static Tensor Slice(Tensor logits, long split, long splits)
    {
        var count = logits.shape[0];
        var start = split * count / splits;
        return logits.narrow(0, start, ((split + 1) * count / splits) - start);
    }

    private static double ScoreOf(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var logConditional = logits.log_softmax(1);
        var logMarginal = logConditional.logsumexp(0) - Math.Log(logits.shape[0]);
        var divergences = (logConditional.exp() * (logConditional - logMarginal)).sum(1);
        return Math.Exp(divergences.mean().item<double>());
    }
}
