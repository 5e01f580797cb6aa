using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>How much of a noisy latent x = α·x₀ + σ·ε is picture and how much is noise.</summary>
/// <param name="Alpha">α, the share of the clean latent.</param>
/// <param name="Sigma">σ, the share of the noise.</param>
internal readonly record struct NoiseLevel(double Alpha, double Sigma)
{
    /// <summary>No noise.</summary>
    public static NoiseLevel Clean { get; } = new(1, 0);

    /// <summary>log(α/σ), half the logarithm of the signal-to-noise ratio; infinite without noise.</summary>
    public double Lambda => Math.Log(Alpha) - Math.Log(Sigma);

    /// <summary>The level of a variance-preserving process (α² + σ² = 1).</summary>
    /// <param name="alphaCumprod">ᾱ = α².</param>
    public static NoiseLevel OfAlphaCumprod(double alphaCumprod) => new(Math.Sqrt(alphaCumprod), Math.Sqrt(1 - alphaCumprod));

    /// <summary>The level of a variance-preserving process whose σ/α is known.</summary>
    public static NoiseLevel OfRatio(double sigmaOverAlpha)
    {
        var alpha = 1 / Math.Sqrt((sigmaOverAlpha * sigmaOverAlpha) + 1);
        return new NoiseLevel(alpha, sigmaOverAlpha * alpha);
    }

    /// <summary>α·x₀ + σ·ε.</summary>
    public Tensor Mix(Tensor clean, Tensor noise)
    {
        using var scaledNoise = noise * Sigma;
        return (clean * Alpha).add_(scaledNoise);
    }

    /// <summary>x₀, from what the model says of a latent of this level.</summary>
    public Tensor ToClean(PredictionType type, Tensor latent, Tensor output)
    {
        switch (type)
        {
            case PredictionType.Epsilon:
                return (latent - (output * Sigma)).div_(Alpha);
            case PredictionType.VPrediction:
                return (latent * Alpha).sub_(output * Sigma);
            default:
                return output.clone();
        }
    }

    /// <summary>ε, from what the model says of a latent of this level.</summary>
    public Tensor ToNoise(PredictionType type, Tensor latent, Tensor output)
    {
        switch (type)
        {
            case PredictionType.Epsilon:
                return output.alias();
            case PredictionType.VPrediction:
                return (output * Alpha).add_(latent * Sigma);
            default:
                return (latent - (output * Alpha)).div_(Sigma);
        }
    }
}
