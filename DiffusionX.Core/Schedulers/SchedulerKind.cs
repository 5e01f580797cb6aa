namespace DiffusionX.Schedulers;

/// <summary>The solvers of the reverse process.</summary>
public enum SchedulerKind
{
    /// <summary>Deterministic steps of the implicit process (Song et al., "Denoising Diffusion Implicit Models", 2020).</summary>
    Ddim,

    /// <summary>
    /// Linear multistep with four outputs of history (Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds", 2022).
    /// </summary>
    Pndm,

    /// <summary>DPM-Solver++, second order multistep (Lu et al., 2022): what 50 steps of PNDM give, in 20 to 25.</summary>
    DpmSolverPlusPlus2M,

    /// <summary>
    /// Euler's method on the probability flow (Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022).
    /// </summary>
    Euler,

    /// <summary>
    /// Consistency sampling for models that were distilled for it (Luo et al., "Latent Consistency Models", 2023): about 4 steps.
    /// </summary>
    Lcm,

    /// <summary>Euler's method with fresh noise in each step (the ancestral sampling of Ho et al., 2020, in Karras's terms).</summary>
    EulerAncestral,

    /// <summary>
    /// A predictor and a corrector that share their outputs (Zhao et al., "UniPC", 2023): good pictures in 10 to 20 steps.
    /// </summary>
    UniPC,

    /// <summary>Heun's second-order method (Karras et al., 2022, algorithm 1): each step but the last asks the model twice.</summary>
    Heun,

    /// <summary>DPM-Solver++ of the stochastic process, second order multistep (Lu et al., 2022): fresh noise in each step.</summary>
    DpmSolverPlusPlus2MSde,

    /// <summary>
    /// Strategic stochastic sampling for models that were distilled for it (Zheng et al., "Trajectory Consistency Distillation", 2024): 2
    /// to 20 steps.
    /// </summary>
    Tcd,
}

/// <summary>What kinds of solvers have in common.</summary>
internal static class SchedulerKinds
{
    /// <summary>Whether it is for models that were distilled to draw in a few steps.</summary>
    public static bool IsDistilled(this SchedulerKind kind) => kind is SchedulerKind.Lcm or SchedulerKind.Tcd;
}
