using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Schedulers;

/// <summary>
/// The settings of a <see cref="Scheduler"/>: the noise that the model was trained with, how steps are spaced, and what the solver does. A
/// file's defaults are those of the class that it names; see <see cref="FromJson"/>.
/// </summary>
internal sealed record SchedulerConfig
{
    /// <summary>The solver.</summary>
    public required SchedulerKind Kind { get; init; }

    /// <summary>Timesteps that the model was trained with, 1 to 100,000.</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>β at the first training timestep, above 0.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>β at the last training timestep, below 1.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>How β grows in between.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.ScaledLinear;

    /// <summary>β at each training timestep, in place of a schedule; null where there is one.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>
    /// Whether the schedule is rescaled so that the last training timestep is noise alone (Lin et al., "Common Diffusion Noise Schedules
    /// and Sample Steps are Flawed", 2023).
    /// </summary>
    public bool ZeroTerminalSnr { get; init; }

    /// <summary>What the model predicts.</summary>
    public PredictionType PredictionType { get; init; } = PredictionType.Epsilon;

    /// <summary>Where the timesteps stand. LCM and TCD go by those that the model was distilled at.</summary>
    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    /// <summary>What is added to every timestep of <see cref="TimestepSpacing.Leading"/>; 1 for Stable Diffusion.</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>DDIM, PNDM: whether the last step goes to a latent without noise, instead of to the first timestep's.</summary>
    public bool SetAlphaToOne { get; init; }

    /// <summary>
    /// DDIM, LCM, Heun: the range ± to which clean latents are clipped, or null for none. Stable Diffusion's latents are not clipped.
    /// </summary>
    public double? ClipSampleRange { get; init; }

    /// <summary>DPM-Solver++, UniPC, Euler, Heun: how the noise levels are spaced.</summary>
    public SigmaSpacing SigmaSpacing { get; init; }

    /// <summary>Euler: the lowest noise level of <see cref="SigmaSpacing"/>, σ/α; null for the lowest timestep's.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>Euler: the highest noise level of <see cref="SigmaSpacing"/>, σ/α; null for the highest timestep's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>DPM-Solver++, UniPC: the order, 1 to 3; of the stochastic DPM-Solver++ 1 or 2.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>DPM-Solver++: Heun's variant of the second order instead of the midpoint's.</summary>
    public bool HeunSolver { get; init; }

    /// <summary>UniPC: its function B(h), h or exp(h) − 1.</summary>
    public UniPCSolver UniPCSolver { get; init; }

    /// <summary>UniPC: the steps of the schedule after which the latent is not corrected.</summary>
    public IReadOnlyList<int> DisabledCorrectors { get; init; } = [];

    /// <summary>
    /// DPM-Solver++: lower orders in the last two steps of schedules of fewer than 15. UniPC: in the last ones of all schedules.
    /// </summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>DPM-Solver++: the first order in the last step of all schedules.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>
    /// DPM-Solver++, UniPC, Euler: whether the last step goes to a latent without noise, instead of to the first timestep's.
    /// </summary>
    public bool FinalSigmaZero { get; init; } = true;

    /// <summary>
    /// DPM-Solver++: timesteps where log(α/σ) is less are not used. For cosine schedules, which end in almost pure noise.
    /// </summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>LCM, TCD: steps of the schedule that the model was distilled from.</summary>
    public int OriginalInferenceSteps { get; init; } = 50;

    /// <summary>LCM: how sharply the boundary condition sets in.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>
    /// What a program should tell its user of the file that this was read from; null for nothing. It says so where the file names a solver
    /// that is not built here.
    /// </summary>
    public string? Note { get; init; }

    /// <summary>Why the solver can't run as the file wants it to; null where it can. Other solvers can.</summary>
    internal string? Unsupported { get; init; }

    /// <summary>
    /// Reads diffusers' scheduler_config.json. What is absent has the default of the class that the file names, as in diffusers 0.27. A
    /// class that is not built gives its noise and spacing to DPM-Solver++ 2M, with a <see cref="Note"/>; what a built one is to do that is
    /// not, <see cref="Scheduler.Plan"/> refuses, and other solvers run.
    /// </summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">
    /// A setting is wrong, or one that is not known changes what the model was trained for.
    /// </exception>
    public static SchedulerConfig FromJson(JsonElement json, string source) => new SchedulerConfigReader(json, source).Read();
}

/// <summary>How the variance of the noise that each training step adds, β, grows.</summary>
internal enum BetaSchedule
{
    /// <summary>Linearly.</summary>
    Linear,

    /// <summary>Linearly in √β: Stable Diffusion's.</summary>
    ScaledLinear,

    /// <summary>
    /// So that ᾱ falls as a squared cosine (Nichol and Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021).
    /// </summary>
    SquaredCosine,
}

/// <summary>Where among the training timesteps a schedule of fewer steps stands (Lin et al., 2023, table 2).</summary>
internal enum TimestepSpacing
{
    /// <summary>At the beginning of each of N equal stretches: the noisiest timestep is never reached.</summary>
    Leading,

    /// <summary>At the end of each of N equal stretches: the cleanest timestep is never reached.</summary>
    Trailing,

    /// <summary>Evenly from the first timestep to the last.</summary>
    Linspace,
}

/// <summary>How a schedule's noise levels are spaced.</summary>
internal enum SigmaSpacing
{
    /// <summary>They are those of the timesteps.</summary>
    Timesteps,

    /// <summary>Evenly in the seventh root of σ/α, densely where there is little noise (Karras et al., 2022, equation 5).</summary>
    Karras,

    /// <summary>Evenly in log(σ/α): also Lu's, in log(α/σ).</summary>
    Exponential,

    /// <summary>As a beta distribution's quantiles, densely at both ends (Lee et al., "Beta Sampling is All You Need", 2024).</summary>
    Beta,
}

/// <summary>The function B(h) of UniPC.</summary>
internal enum UniPCSolver
{
    /// <summary>exp(h) − 1, which is better with guidance.</summary>
    Bh2,

    /// <summary>h, for few steps without guidance.</summary>
    Bh1,
}
