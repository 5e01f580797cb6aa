using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Schedulers;

/// <summary>Reads a scheduler_config.json of diffusers.</summary>
internal sealed class SchedulerConfigReader
{
    private const string FlaxPrefix = "Flax";
    private const string ClassName = "_class_name";

    // Solvers of the same models that are not built stand beside those that are: what they leave out of a file has their defaults.
    private static readonly Dictionary<string, SchedulerClass> Classes = new()
    {
        ["DDIMScheduler"] = new(SchedulerKind.Ddim, Betas.Ddpm, TimestepSpacing.Leading),
        ["DDIMParallelScheduler"] = new(SchedulerKind.Ddim, Betas.Ddpm, TimestepSpacing.Leading),
        ["PNDMScheduler"] = new(SchedulerKind.Pndm, Betas.Ddpm, TimestepSpacing.Leading),
        ["DPMSolverMultistepScheduler"] = new(SchedulerKind.DpmSolverPlusPlus2M, Betas.Ddpm, TimestepSpacing.Linspace),
        ["EulerDiscreteScheduler"] = new(SchedulerKind.Euler, Betas.Ddpm, TimestepSpacing.Linspace),
        ["EulerAncestralDiscreteScheduler"] = new(SchedulerKind.EulerAncestral, Betas.Ddpm, TimestepSpacing.Linspace),
        ["UniPCMultistepScheduler"] = new(SchedulerKind.UniPC, Betas.Ddpm, TimestepSpacing.Linspace),
        ["HeunDiscreteScheduler"] = new(SchedulerKind.Heun, Betas.StableLinear, TimestepSpacing.Linspace),
        ["LCMScheduler"] = new(SchedulerKind.Lcm, Betas.Stable, TimestepSpacing.Leading),
        ["TCDScheduler"] = new(SchedulerKind.Tcd, Betas.Stable, TimestepSpacing.Leading),
        ["DDPMScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Leading),
        ["DDPMParallelScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Leading),
        ["DDIMInverseScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Leading),
        ["RePaintScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Leading),
        ["DEISMultistepScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Linspace),
        ["DPMSolverSinglestepScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Linspace),
        ["DPMSolverMultistepInverseScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Linspace),
        ["SASolverScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Linspace),
        ["LMSDiscreteScheduler"] = new(null, Betas.Ddpm, TimestepSpacing.Linspace),
        ["KDPM2DiscreteScheduler"] = new(null, Betas.StableLinear, TimestepSpacing.Linspace),
        ["KDPM2AncestralDiscreteScheduler"] = new(null, Betas.StableLinear, TimestepSpacing.Linspace),
        ["DPMSolverSDEScheduler"] = new(null, Betas.StableLinear, TimestepSpacing.Linspace),
    };

    private static readonly Dictionary<string, BetaSchedule> BetaSchedules = new()
    {
        ["linear"] = BetaSchedule.Linear,
        ["scaled_linear"] = BetaSchedule.ScaledLinear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredCosine,
    };

    private static readonly Dictionary<string, PredictionType> PredictionTypes = new()
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.VPrediction,
        ["sample"] = PredictionType.Sample,
    };

    private static readonly Dictionary<string, TimestepSpacing> Spacings = new()
    {
        ["leading"] = TimestepSpacing.Leading,
        ["trailing"] = TimestepSpacing.Trailing,
        ["linspace"] = TimestepSpacing.Linspace,
    };

    // What diffusers' other classes know, or knew: left in a file when its class was exchanged, or written by newer versions at the value
    // that changes nothing.
    private static readonly string[] OfOtherClasses =
    [
        "algorithm_type", "clip_sample", "clip_sample_range", "corrector_order", "disable_corrector", "dynamic_thresholding_ratio", "eta",
        "euler_at_final", "final_sigmas_type", "flow_shift", "format", "interpolation_type", "lambda_min_clipped", "lower_order_final",
        "noise_sampler_seed", "original_inference_steps", "predict_x0", "predictor_order", "rho", "sample_max_value", "set_alpha_to_one",
        "sigma_data", "sigma_max", "sigma_min", "skip_prk_steps", "solver_order", "solver_p", "solver_type", "tau_func", "tensor_format",
        "thresholding", "timestep_scaling", "variance_type",
    ];

    private readonly ConfigReader settings;
    private readonly string source;
    private readonly SchedulerClass named;
    private string? note;
    private string? unsupported;

    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">It says of no solver how the model was trained.</exception>
    public SchedulerConfigReader(JsonElement json, string source)
    {
        this.source = source;
        settings = new ConfigReader(json, source);
        named = Named();
    }

    /// <exception cref="ModelConfigException">
    /// A setting is wrong, or one that is not known changes what the model was trained for.
    /// </exception>
    public SchedulerConfig Read()
    {
        var model = ReadModel();
        var config = model.Kind switch
        {
            _ when note is not null => model,
            SchedulerKind.Ddim => ReadDdim(model),
            SchedulerKind.Pndm => ReadPndm(model),
            SchedulerKind.DpmSolverPlusPlus2M or SchedulerKind.DpmSolverPlusPlus2MSde => ReadDpmSolver(model),
            SchedulerKind.UniPC => ReadUniPC(model),
            SchedulerKind.Euler => ReadEuler(model),
            SchedulerKind.Heun => model with { ClipSampleRange = Clipping(false) },
            SchedulerKind.Lcm or SchedulerKind.Tcd => ReadDistilled(model),
            _ => model,
        };
        settings.Ignore(OfOtherClasses);
        settings.RefuseOthers();
        CheckNoise(config);
        return config with { Note = note, Unsupported = unsupported };
    }

    private SchedulerClass Named()
    {
        var name = settings.Text(ClassName);
        var python = name.StartsWith(FlaxPrefix, StringComparison.Ordinal) ? name[FlaxPrefix.Length..] : name;
        var known = Classes.GetValueOrDefault(python, new SchedulerClass(null, Betas.None, TimestepSpacing.Leading));
        if (known.Betas == Betas.None && !Says("trained_betas") && !(Says("beta_start") && Says("beta_end")))
        {
            throw settings.Wrong(
                ClassName,
                $"is {name}, and the file names no betas: the noise that the model was trained with is not known. "
                + $"Supported are {string.Join(", ", Classes.Keys)}");
        }

        var kind = known.Kind == SchedulerKind.DpmSolverPlusPlus2M ? DpmSolverKind() : known.Kind;
        if (kind is null)
        {
            var algorithm = known.Kind is null ? "" : $" with algorithm_type {settings.Text("algorithm_type")}";
            note = $"{source} names {name}{algorithm}, a solver that is not built here. The model's training noise is taken from it; "
                + $"runs use {nameof(SchedulerKind.DpmSolverPlusPlus2M)}, or the solver that is asked for.";
        }

        return known with { Kind = kind };
    }

    // DEIS's settings were left in files whose class was exchanged; diffusers takes them for the default.
    private SchedulerKind? DpmSolverKind() => settings.OneOf<int>(
        "algorithm_type",
        new() { ["dpmsolver++"] = 0, ["deis"] = 0, ["sde-dpmsolver++"] = 1, ["dpmsolver"] = 2, ["sde-dpmsolver"] = 2 },
        0) switch
    {
        0 => SchedulerKind.DpmSolverPlusPlus2M,
        1 => SchedulerKind.DpmSolverPlusPlus2MSde,
        _ => null,
    };

    // What the model was trained with, and how steps are spaced: every solver asks for it.
    private SchedulerConfig ReadModel()
    {
        settings.Expect("timestep_type", "discrete");
        settings.Expect("use_flow_sigmas", false);
        settings.Expect("use_dynamic_shifting", false);
        settings.Expect("invert_sigmas", false);
        var steps = settings.Integer("num_train_timesteps", 1000);
        if (steps is < 1 or > NoiseSchedule.MaxCount)
        {
            throw settings.Wrong("num_train_timesteps", $"is {steps}; it has to be from 1 to {NoiseSchedule.MaxCount}");
        }

        return new SchedulerConfig
        {
            Kind = named.Kind ?? SchedulerKind.DpmSolverPlusPlus2M,
            TrainTimesteps = steps,
            BetaStart = settings.Number("beta_start", named.Betas == Betas.Ddpm ? 0.0001 : 0.00085),
            BetaEnd = settings.Number("beta_end", named.Betas == Betas.Ddpm ? 0.02 : 0.012),
            BetaSchedule = settings.OneOf<BetaSchedule>(
                "beta_schedule", BetaSchedules, named.Betas == Betas.Stable ? BetaSchedule.ScaledLinear : BetaSchedule.Linear),
            TrainedBetas = settings.Numbers("trained_betas"),
            ZeroTerminalSnr = settings.Flag("rescale_betas_zero_snr", false),
            PredictionType = settings.OneOf<PredictionType>("prediction_type", PredictionTypes, PredictionType.Epsilon),
            Spacing = settings.OneOf<TimestepSpacing>("timestep_spacing", Spacings, named.Spacing),
            StepsOffset = settings.Integer("steps_offset", 0),
            SigmaSpacing = ReadSigmaSpacing(),
        };
    }

    private SigmaSpacing ReadSigmaSpacing()
    {
        (string Name, SigmaSpacing Spacing)[] spacings =
        [
            ("use_karras_sigmas", SigmaSpacing.Karras),
            ("use_exponential_sigmas", SigmaSpacing.Exponential),
            ("use_beta_sigmas", SigmaSpacing.Beta),
            ("use_lu_lambdas", SigmaSpacing.Exponential),
        ];
        var asked = spacings.Where(spacing => settings.Flag(spacing.Name, false)).ToArray();
        return asked.Length > 1
            ? throw settings.Wrong(asked[1].Name, $"is true, and so is '{asked[0].Name}': the noise levels can be spaced in one way")
            : asked.Select(spacing => spacing.Spacing).FirstOrDefault();
    }

    private SchedulerConfig ReadDdim(SchedulerConfig model)
    {
        RefuseThresholding();
        return model with { SetAlphaToOne = settings.Flag("set_alpha_to_one", true), ClipSampleRange = Clipping(true) };
    }

    private SchedulerConfig ReadPndm(SchedulerConfig model)
    {
        if (!settings.Flag("skip_prk_steps", false))
        {
            Refuse("skip_prk_steps", "has to be true: the Runge-Kutta steps of PNDM are not built here");
        }

        return model with { SetAlphaToOne = settings.Flag("set_alpha_to_one", false) };
    }

    private SchedulerConfig ReadDpmSolver(SchedulerConfig model)
    {
        RefuseThresholding();
        return model with
        {
            SolverOrder = ReadOrder(model.Kind == SchedulerKind.DpmSolverPlusPlus2M ? 3 : 2),
            HeunSolver = settings.OneOf<bool>(
                "solver_type",
                new() { ["midpoint"] = false, ["heun"] = true, ["logrho"] = false, ["bh1"] = false, ["bh2"] = false },
                false),
            LowerOrderFinal = settings.Flag("lower_order_final", true),
            EulerAtFinal = settings.Flag("euler_at_final", false),
            FinalSigmaZero = ReadFinalSigmaZero(true),
            LambdaMinClipped = settings.NumberOrInfinity("lambda_min_clipped", double.NegativeInfinity),
        };
    }

    private SchedulerConfig ReadUniPC(SchedulerConfig model)
    {
        RefuseThresholding();
        if (!settings.Flag("predict_x0", true))
        {
            Refuse("predict_x0", "has to be true: the variant of UniPC that predicts noise is not built here");
        }

        if (Says("solver_p"))
        {
            Refuse("solver_p", "has to be null: other predictors are not built here");
        }

        return model with
        {
            SolverOrder = ReadOrder(3),
            UniPCSolver = settings.OneOf<bool>(
                "solver_type", new() { ["bh1"] = true, ["bh2"] = false, ["midpoint"] = false, ["heun"] = false, ["logrho"] = false }, false)
                ? UniPCSolver.Bh1
                : UniPCSolver.Bh2,
            DisabledCorrectors = [.. (settings.Numbers("disable_corrector") ?? []).Select(step => (int)step)],
            LowerOrderFinal = settings.Flag("lower_order_final", true),
            // diffusers 0.27 knows no such setting, and ends there; newer versions write what they do.
            FinalSigmaZero = ReadFinalSigmaZero(false),
        };
    }

    private SchedulerConfig ReadEuler(SchedulerConfig model)
    {
        RefuseOther("interpolation_type", "linear");
        return model with
        {
            FinalSigmaZero = ReadFinalSigmaZero(true),
            SigmaMin = ReadSigma("sigma_min"),
            SigmaMax = ReadSigma("sigma_max"),
        };
    }

    private SchedulerConfig ReadDistilled(SchedulerConfig model)
    {
        if (model.Kind == SchedulerKind.Lcm)
        {
            RefuseThresholding();
        }

        var steps = settings.Integer("original_inference_steps", 50);
        return steps < 1
            ? throw settings.Wrong("original_inference_steps", "has to be at least 1")
            : model with
            {
                SetAlphaToOne = settings.Flag("set_alpha_to_one", true),
                ClipSampleRange = model.Kind == SchedulerKind.Lcm ? Clipping(false) : null,
                OriginalInferenceSteps = steps,
                TimestepScaling = settings.Number("timestep_scaling", 10),
            };
    }

    private bool Says(string name) => settings.Has(name) && !settings.IsNull(name);

    private double? Clipping(bool clipsByDefault)
    {
        var range = settings.Number("clip_sample_range", 1);
        return settings.Flag("clip_sample", clipsByDefault) ? range : null;
    }

    private int ReadOrder(int highest)
    {
        var order = settings.Integer("solver_order", 2);
        if (order >= 1 && order <= highest)
        {
            return order;
        }

        Refuse("solver_order", $"is {order}; supported are 1 to {highest}");
        return highest;
    }

    private bool ReadFinalSigmaZero(bool fallback) =>
        settings.OneOf<bool>("final_sigmas_type", new() { ["zero"] = true, ["sigma_min"] = false }, fallback);

    private double? ReadSigma(string name)
    {
        var sigma = Says(name) ? settings.Number(name) : (double?)null;
        return sigma is null or > 0 ? sigma : throw settings.Wrong(name, $"is {sigma}; it has to be above 0");
    }

    private void RefuseThresholding() => RefuseOther("thresholding", false);

    // Only when the solver runs: others may not ask for the setting.
    private void RefuseOther<T>(string name, T only)
        where T : notnull
    {
        try
        {
            settings.Expect(name, only);
        }
        catch (ModelConfigException error)
        {
            unsupported ??= error.Message;
        }
    }

    private void Refuse(string name, string what) => unsupported ??= settings.Wrong(name, what).Message;

    private void CheckNoise(SchedulerConfig config)
    {
        try
        {
            _ = new NoiseSchedule(config);
        }
        catch (SchedulerException error)
        {
            throw new ModelConfigException($"{source}: {error.Message}", error);
        }
    }

    /// <summary>A class of diffusers.</summary>
    /// <param name="Kind">The solver; null where it is not built.</param>
    /// <param name="Betas">Its default noise.</param>
    /// <param name="Spacing">Its default spacing.</param>
    private sealed record SchedulerClass(SchedulerKind? Kind, Betas Betas, TimestepSpacing Spacing);

    /// <summary>The betas of a file that names none.</summary>
    private enum Betas
    {
        /// <summary>0.0001 to 0.02, as Ho et al. trained.</summary>
        Ddpm,

        /// <summary>Stable Diffusion's, growing linearly.</summary>
        StableLinear,

        /// <summary>Stable Diffusion's.</summary>
        Stable,

        /// <summary>The file has to say.</summary>
        None,
    }
}
