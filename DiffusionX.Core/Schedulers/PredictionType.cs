namespace DiffusionX.Schedulers;

/// <summary>What a UNet was trained to predict of a latent x = α·x₀ + σ·ε.</summary>
internal enum PredictionType
{
    /// <summary>The noise ε.</summary>
    Epsilon,

    /// <summary>The velocity α·ε − σ·x₀ (Salimans and Ho, "Progressive Distillation", 2022).</summary>
    VPrediction,

    /// <summary>The clean latent x₀.</summary>
    Sample,
}
