namespace DiffusionX.Schedulers;

/// <summary>How the variance of the noise that each training step adds, β, grows.</summary>
public enum BetaSchedule
{
    /// <summary>Linearly.</summary>
    Linear,

    /// <summary>Linearly in √β: Stable Diffusion's.</summary>
    ScaledLinear,

    /// <summary>So that ᾱ falls as a squared cosine (Nichol and Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021).</summary>
    SquaredCosine,
}
