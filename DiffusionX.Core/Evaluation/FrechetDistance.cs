using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// The Fréchet distance of two Gaussians, ‖μ₁-μ₂‖² + Tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½): between features of <see cref="Models.FidInceptionV3"/> it
/// is the FID (Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017).
/// </summary>
/// <remarks>
/// Fewer pictures give a larger distance, so it is only worth something beside their number, and compared at the same number.
/// </remarks>
public static class FrechetDistance
{
    /// <summary>The distance between the distributions of two sets of features.</summary>
    /// <returns>0 or more; 0 where mean and covariance are the same.</returns>
    /// <exception cref="ArgumentException">The feature vectors differ in length.</exception>
    /// <exception cref="InvalidOperationException">One of the sets has fewer than two feature vectors.</exception>
    public static double Between(FeatureStatistics first, FeatureStatistics second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Width != second.Width)
        {
            throw new ArgumentException(
                $"Features of length {second.Width} can't be compared with those of length {first.Width}.", nameof(second));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var firstCovariance = first.Covariance();
        var secondCovariance = second.Covariance();
        var means = (first.Mean() - second.Mean()).square().sum();
        var traces = firstCovariance.trace() + secondCovariance.trace();
        var distance = means + traces - (2 * TraceOfRoot(firstCovariance, secondCovariance));

        // Where the two are alike, what is left is rounding, and may be negative.
        return Math.Max(0, distance.item<double>());
    }

    /// <summary>The distance between the distributions of two sets of features.</summary>
    /// <param name="first">[N, D].</param>
    /// <param name="second">[M, D].</param>
    /// <exception cref="ArgumentException">The features are not [N, D] and [M, D], or have numbers that are not finite.</exception>
    /// <exception cref="InvalidOperationException">One of the sets has fewer than two feature vectors.</exception>
    public static double Between(Tensor first, Tensor second)
    {
        using var firstStatistics = StatisticsOf(first);
        using var secondStatistics = StatisticsOf(second);
        return Between(firstStatistics, secondStatistics);
    }

    /// <summary>
    /// Tr (AB)^½. With A = QΛQᵀ, AB has the eigenvalues of the symmetric Λ^½ Qᵀ B Q Λ^½, and those are found safely and fast; the root of
    /// AB itself, which is not symmetric, is neither.
    /// </summary>
    private static Tensor TraceOfRoot(Tensor a, Tensor b)
    {
        var (eigenvalues, eigenvectors) = linalg.eigh(a);
        var scaled = eigenvectors * eigenvalues.clamp(min: 0).sqrt();
        var product = scaled.t().mm(b).mm(scaled);
        return linalg.eigvalsh((product + product.t()) / 2).clamp(min: 0).sqrt().sum();
    }

    private static FeatureStatistics StatisticsOf(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2 || features.shape[1] == 0)
        {
            throw new ArgumentException($"Features are [N, D], and these are [{string.Join(", ", features.shape)}].", nameof(features));
        }

        var statistics = new FeatureStatistics((int)features.shape[1]);
        try
        {
            statistics.Add(features);
            return statistics;
        }
        catch
        {
            statistics.Dispose();
            throw;
        }
    }
}
