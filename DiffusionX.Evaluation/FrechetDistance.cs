using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// The Fréchet distance between two normal distributions, |μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2·(Σ₁Σ₂)^½), in float64. Of the features of
/// <see cref="Inception.FidInceptionV3"/> it is the Fréchet Inception Distance (Heusel et al., "GANs Trained by a Two Time-Scale Update
/// Rule", 2017).
/// </summary>
internal static class FrechetDistance
{
    /// <summary>The distance between what two sets of features were drawn from.</summary>
    /// <returns>At least 0, the lower the more alike. It falls with the number of samples: compare only sets of one size.</returns>
    /// <exception cref="EvaluationException">One of them has fewer than 2 samples, or they are of features of different widths.</exception>
    public static double Between(FeatureStatistics one, FeatureStatistics other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.FeatureCount != other.FeatureCount)
        {
            throw new EvaluationException(
                $"Features of {one.FeatureCount} and of {other.FeatureCount} numbers can't be compared: they come from different models.");
        }

        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var squaredShift = (one.Mean() - other.Mean()).square().sum().item<double>();
        var (covariance, otherCovariance) = (one.Covariance(), other.Covariance());
        var traces = (covariance.trace() + otherCovariance.trace()).item<double>();

        // Rounding can leave a hair less than nothing.
        return Math.Max(squaredShift + traces - (2 * TraceOfRoot(covariance, otherCovariance)), 0);
    }

    /// <inheritdoc cref="Between(FeatureStatistics, FeatureStatistics)"/>
    /// <param name="one">[N, D].</param>
    /// <param name="other">[M, D].</param>
    public static double Between(Tensor one, Tensor other)
    {
        using var statistics = FeatureStatistics.Of(one);
        using var otherStatistics = FeatureStatistics.Of(other);
        return Between(statistics, otherStatistics);
    }

    // Σ₁Σ₂ is not symmetric, but it has the eigenvalues of Σ₁^½·Σ₂·Σ₁^½, which is, and which has none below 0. So no general matrix root is
    // needed, which would be slow, and complex where the covariances are singular.
    private static double TraceOfRoot(Tensor covariance, Tensor otherCovariance)
    {
        var root = Root(covariance);
        var product = root.mm(otherCovariance).mm(root);
        var eigenvalues = linalg.eigvalsh((product + product.t()).div_(2));
        return eigenvalues.clamp_(min: 0).sqrt_().sum().item<double>();
    }

    private static Tensor Root(Tensor covariance)
    {
        var (eigenvalues, eigenvectors) = linalg.eigh(covariance);
        return (eigenvectors * eigenvalues.clamp_(min: 0).sqrt_()).mm(eigenvectors.t());
    }
}
