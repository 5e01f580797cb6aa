using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Schedulers;

/// <summary>The settings of a <see cref="Scheduler"/>. Each kind has its own defaults; see <see cref="FromJson"/>.</summary>
public sealed record SchedulerConfig
{
    private static readonly Dictionary<string, SchedulerKind> Classes = new()
    {
        ["DDIMScheduler"] = SchedulerKind.Ddim,
        ["PNDMScheduler"] = SchedulerKind.Pndm,
        ["DPMSolverMultistepScheduler"] = SchedulerKind.DpmSolverPlusPlus2M,
        ["EulerDiscreteScheduler"] = SchedulerKind.Euler,
        ["LCMScheduler"] = SchedulerKind.Lcm,
    };

    /// <summary>The solver.</summary>
    public required SchedulerKind Kind { get; init; }

    /// <summary>Timesteps that the model was trained with.</summary>
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>β at the first training timestep.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>β at the last training timestep.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>How β grows in between.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.ScaledLinear;

    /// <summary>What the model predicts.</summary>
    public PredictionType PredictionType { get; init; } = PredictionType.Epsilon;

    /// <summary>Where the timesteps stand.</summary>
    public TimestepSpacing Spacing { get; init; } = TimestepSpacing.Leading;

    /// <summary>What is added to every timestep of <see cref="TimestepSpacing.Leading"/>; 1 for Stable Diffusion.</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>DDIM, PNDM, LCM: whether the last step goes to a latent without noise, instead of to the first timestep's.</summary>
    public bool SetAlphaToOne { get; init; }

    /// <summary>DDIM, LCM: the range ± to which clean latents are clipped, or null for none. Stable Diffusion's latents are not clipped.</summary>
    public double? ClipSampleRange { get; init; }

    /// <summary>DPM-Solver++, Euler: noise levels in Karras's spacing instead of at the timesteps.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>DPM-Solver++: the order, 1 or 2.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>DPM-Solver++: Heun's variant of the second order instead of the midpoint's.</summary>
    public bool HeunSolver { get; init; }

    /// <summary>DPM-Solver++: the first order in the last step of schedules of fewer than 15.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>DPM-Solver++: the first order in the last step of all schedules.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>DPM-Solver++: whether the last step goes to a latent without noise, instead of to the first timestep's.</summary>
    public bool FinalSigmaZero { get; init; } = true;

    /// <summary>LCM: steps of the schedule that the model was distilled from.</summary>
    public int OriginalInferenceSteps { get; init; } = 50;

    /// <summary>LCM: how sharply the boundary condition sets in.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>Reads diffusers' scheduler_config.json. What is absent has the default of the class that the file names, as in diffusers 0.27.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is wrong, or asks for maths that is not built here.</exception>
    public static SchedulerConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var kind = settings.OneOf("_class_name", Classes);
        var isSolver = kind is SchedulerKind.DpmSolverPlusPlus2M or SchedulerKind.Euler;
        var isLcm = kind == SchedulerKind.Lcm;
        var config = new SchedulerConfig
        {
            Kind = kind,
            TrainTimesteps = settings.Integer("num_train_timesteps", 1000),
            BetaStart = settings.Number("beta_start", isLcm ? 0.00085 : 0.0001),
            BetaEnd = settings.Number("beta_end", isLcm ? 0.012 : 0.02),
            BetaSchedule = settings.OneOf<BetaSchedule>(
                "beta_schedule",
                new() { ["linear"] = BetaSchedule.Linear, ["scaled_linear"] = BetaSchedule.ScaledLinear, ["squaredcos_cap_v2"] = BetaSchedule.SquaredCosine },
                isLcm ? BetaSchedule.ScaledLinear : BetaSchedule.Linear),
            PredictionType = settings.OneOf<PredictionType>(
                "prediction_type",
                new() { ["epsilon"] = PredictionType.Epsilon, ["v_prediction"] = PredictionType.VPrediction, ["sample"] = PredictionType.Sample },
                PredictionType.Epsilon),
            Spacing = settings.OneOf<TimestepSpacing>(
                "timestep_spacing",
                new() { ["leading"] = TimestepSpacing.Leading, ["trailing"] = TimestepSpacing.Trailing, ["linspace"] = TimestepSpacing.Linspace },
                isSolver ? TimestepSpacing.Linspace : TimestepSpacing.Leading),
            StepsOffset = settings.Integer("steps_offset", 0),
            SetAlphaToOne = settings.Flag("set_alpha_to_one", kind is SchedulerKind.Ddim or SchedulerKind.Lcm),
            ClipSampleRange = ReadClipping(settings, kind),
            UseKarrasSigmas = settings.Flag("use_karras_sigmas", false),
            SolverOrder = settings.Integer("solver_order", 2),
            HeunSolver = settings.OneOf<bool>("solver_type", new() { ["midpoint"] = false, ["heun"] = true }, false),
            LowerOrderFinal = settings.Flag("lower_order_final", true),
            EulerAtFinal = settings.Flag("euler_at_final", false),
            FinalSigmaZero = settings.OneOf<bool>("final_sigmas_type", new() { ["zero"] = true, ["sigma_min"] = false }, true),
            OriginalInferenceSteps = settings.Integer("original_inference_steps", 50),
            TimestepScaling = settings.Number("timestep_scaling", 10),
        };
        RefuseOtherMaths(settings, config);
        return config;
    }

    private static double? ReadClipping(ConfigReader settings, SchedulerKind kind)
    {
        var clips = settings.Flag("clip_sample", kind == SchedulerKind.Ddim);
        var range = settings.Number("clip_sample_range", 1);
        return clips && kind is SchedulerKind.Ddim or SchedulerKind.Lcm && clips ? range : null;
    }

    private static void RefuseOtherMaths(ConfigReader settings, SchedulerConfig config)
    {
        if (config.TrainTimesteps < 1)
        {
            throw settings.Wrong("num_train_timesteps", "has to be at least 1");
        }

        if (config.SolverOrder is not (1 or 2))
        {
            throw settings.Wrong("solver_order", $"is {config.SolverOrder}; supported are 1 and 2");
        }

        if (config.Kind == SchedulerKind.Pndm && !settings.Flag("skip_prk_steps", false))
        {
            throw settings.Wrong("skip_prk_steps", "has to be true: the Runge-Kutta steps of PNDM are not built here");
        }

        settings.Expect("algorithm_type", "dpmsolver++");
        settings.Expect("interpolation_type", "linear");
        settings.Expect("timestep_type", "discrete");
        settings.Expect("thresholding", false);
        settings.Expect("rescale_betas_zero_snr", false);
        settings.Expect("use_lu_lambdas", false);
        settings.Ignore("skip_prk_steps", "dynamic_thresholding_ratio", "sample_max_value", "lambda_min_clipped");
        settings.RefuseOthers();
    }
}
