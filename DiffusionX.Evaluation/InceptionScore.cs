using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// How surely a classifier names each picture, and how many different names it finds: exp of the mean of KL(p(y|x) ‖ p(y))
/// (Salimans et al., "Improved Techniques for Training GANs", 2016), over equal parts of the pictures.
/// </summary>
/// <param name="Mean">The mean over the parts: from 1 to the number of classes, the higher the better.</param>
/// <param name="StandardDeviation">The standard deviation over the parts, ddof 0.</param>
internal sealed record InceptionScore(double Mean, double StandardDeviation)
{
    /// <summary>The score of pictures whose class logits a classifier gave.</summary>
    /// <param name="logits">[N, classes], before the softmax.</param>
    /// <param name="splits">Parts that are scored apart, in the pictures' order; where N is no multiple, their sizes differ by one.</param>
    /// <exception cref="EvaluationException">
    /// There are fewer than 2 pictures or than parts, the shape is another one, or logits are NaN or infinite.
    /// </exception>
    public static InceptionScore OfLogits(Tensor logits, int splits = 10)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(splits);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var logProbabilities = Samples.Checked(logits, "logits").log_softmax(1);
        var count = logProbabilities.shape[0];
        if (count < Math.Max(2, splits))
        {
            throw new EvaluationException(
                $"An Inception Score over {splits} parts takes at least {Math.Max(2, splits)} pictures, and there are {count}.");
        }

        double[] scores = [.. Enumerable.Range(0, splits).Select(part => ScoreOf(Part(logProbabilities, part, splits)))];
        var mean = scores.Average();
        return new InceptionScore(mean, Math.Sqrt(scores.Average(score => (score - mean) * (score - mean))));
    }

    private static Tensor Part(Tensor rows, int part, int parts)
    {
        var first = part * rows.shape[0] / parts;
        var end = (part + 1) * rows.shape[0] / parts;
        return rows.narrow(0, first, end - first);
    }

    private static double ScoreOf(Tensor logProbabilities)
    {
        var logMarginal = logProbabilities.logsumexp(0, keepdim: true) - Math.Log(logProbabilities.shape[0]);
        var divergences = (logProbabilities.exp() * (logProbabilities - logMarginal)).sum(1);
        return Math.Exp(divergences.mean().item<double>());
    }
}
