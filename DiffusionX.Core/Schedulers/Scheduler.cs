namespace DiffusionX.Schedulers;

/// <summary>
/// A solver of the reverse diffusion process: it says at which timesteps the model is asked, and how a latent gets from one to the next.
/// Immutable: runs and threads share it, and what a run has to remember is in its <see cref="Sampler"/>. Numbers are diffusers' 0.27,
/// computed in double.
/// </summary>
internal abstract class Scheduler
{
    // 0.9 × 50 is 45 steps, though their product in binary lies a little below.
    private const double StrengthTolerance = 1e-6;

    private protected Scheduler(SchedulerConfig config)
    {
        Config = config;
        Noise = new NoiseSchedule(config);
    }

    /// <summary>The settings.</summary>
    public SchedulerConfig Config { get; }

    /// <summary>The solver.</summary>
    public SchedulerKind Kind => Config.Kind;

    private protected NoiseSchedule Noise { get; }

    /// <summary>Makes the scheduler that a config describes.</summary>
    public static Scheduler Create(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Kind switch
        {
            SchedulerKind.Ddim => new DdimScheduler(config),
            SchedulerKind.Pndm => new PndmScheduler(config),
            SchedulerKind.DpmSolverPlusPlus2M => new DpmSolverScheduler(config),
            SchedulerKind.Euler => new EulerScheduler(config),
            SchedulerKind.Lcm => new LcmScheduler(config),
            SchedulerKind.EulerAncestral => new EulerAncestralScheduler(config),
            SchedulerKind.UniPC => new UniPCScheduler(config),
            SchedulerKind.Heun => new HeunScheduler(config),
            SchedulerKind.DpmSolverPlusPlus2MSde => new DpmSolverScheduler(config),
            SchedulerKind.Tcd => new TcdScheduler(config),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Kind, "Not a scheduler."),
        };
    }

    /// <summary>
    /// Another solver for the same model: what the model was trained with and how steps are spaced stay as they are, all else is as the new
    /// solver has it by default.
    /// </summary>
    public Scheduler As(SchedulerKind kind) => kind == Kind
        ? this
        : Create(new SchedulerConfig
        {
            Kind = kind,
            TrainTimesteps = Config.TrainTimesteps,
            BetaStart = Config.BetaStart,
            BetaEnd = Config.BetaEnd,
            BetaSchedule = Config.BetaSchedule,
            TrainedBetas = Config.TrainedBetas,
            ZeroTerminalSnr = Config.ZeroTerminalSnr,
            PredictionType = Config.PredictionType,
            Spacing = Config.Spacing,
            StepsOffset = Config.StepsOffset,
            SigmaSpacing = Config.SigmaSpacing,
            SetAlphaToOne = kind.IsDistilled(),
            FinalSigmaZero = kind != SchedulerKind.UniPC,
            OriginalInferenceSteps = Config.OriginalInferenceSteps,
            TimestepScaling = Config.TimestepScaling,
        });

    /// <summary>The timesteps of a run.</summary>
    /// <param name="steps">Steps of the whole schedule, from 1 to the number of training timesteps.</param>
    /// <param name="strength">
    /// 1 for a start from noise. For a start from a latent, how much noise to put on it: the run takes the last ⌊steps·strength⌋ steps of
    /// the schedule, but at least one, for a strength of 0 too. (LCM and TCD take all steps, over a part of their range; PNDM one more, for
    /// its correction; Heun two for each but the last.)
    /// </param>
    /// <exception cref="SchedulerException">
    /// A number is out of range, or the config asks for maths of this solver that is not built here.
    /// </exception>
    public SamplingPlan Plan(int steps, double strength = 1)
    {
        if (Config.Unsupported is { } unsupported)
        {
            throw new SchedulerException($"{unsupported} That is a setting of {Kind}, the run's solver; choose another solver.");
        }

        if (steps < 1 || steps > Noise.Count)
        {
            throw new SchedulerException(
                $"{steps} steps were asked for; a schedule has 1 to {Noise.Count}, as many as the model was trained with.");
        }

        if (!(strength >= 0 && strength <= 1))
        {
            throw new SchedulerException(
                $"The strength is {strength}; it has to be from 0 (keep almost everything) to 1 (keep almost nothing).");
        }

        return PlanChecked(steps, strength);
    }

    /// <summary>
    /// How many of a plan's steps a share of the denoising takes, as where one model hands over to another: those at or above the timestep
    /// round(T − share·T), with T training timesteps (diffusers' <c>denoising_end</c> of the first model and <c>denoising_start</c> of the
    /// second).
    /// </summary>
    /// <param name="plan">A plan of this scheduler.</param>
    /// <param name="share">From 0 to 1.</param>
    internal int StepsBefore(SamplingPlan plan, double share)
    {
        var cutoff = Math.Round(Noise.Count - (share * Noise.Count));
        return plan.Timesteps.Count(timestep => timestep >= cutoff);
    }

    /// <summary>How many steps of a schedule a strength leaves.</summary>
    internal static int StepsRun(int steps, double strength) =>
        Math.Clamp((int)Math.Floor((steps * strength) + StrengthTolerance), 1, steps);

    /// <summary>How many steps of a schedule a strength skips.</summary>
    private protected static int Skipped(int steps, double strength) => steps - StepsRun(steps, strength);

    /// <summary>The whole timesteps of a schedule of so many steps, as most solvers space them.</summary>
    private protected double[] WholeTimesteps(int steps) => Config.Spacing switch
    {
        TimestepSpacing.Leading => TimestepGrid.Leading(Noise.Count, steps, steps, Config.StepsOffset),
        TimestepSpacing.Trailing => TimestepGrid.Trailing(Noise.Count, steps, Noise.Count),
        _ => TimestepGrid.RoundedLinspace(Noise.Count, steps, steps),
    };

    private protected abstract SamplingPlan PlanChecked(int steps, double strength);
}
