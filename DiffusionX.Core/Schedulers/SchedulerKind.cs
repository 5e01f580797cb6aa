namespace DiffusionX.Schedulers;

/// <summary>The solvers of the reverse process.</summary>
public enum SchedulerKind
{
    /// <summary>Deterministic steps of the implicit process (Song et al., "Denoising Diffusion Implicit Models", 2020).</summary>
    Ddim,

    /// <summary>Linear multistep with four outputs of history (Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds", 2022).</summary>
    Pndm,

    /// <summary>DPM-Solver++, second order multistep (Lu et al., 2022): what 50 steps of PNDM give, in 20 to 25.</summary>
    DpmSolverPlusPlus2M,

    /// <summary>Euler's method on the probability flow (Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022).</summary>
    Euler,

    /// <summary>Consistency sampling for models that were distilled for it (Luo et al., "Latent Consistency Models", 2023): about 4 steps.</summary>
    Lcm,
}
