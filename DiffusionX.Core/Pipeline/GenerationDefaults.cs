using DiffusionX.Checkpoints;
using DiffusionX.Schedulers;

namespace DiffusionX.Pipeline;

/// <summary>
/// What a model draws best with, where nobody says otherwise: an optional <c>generation_config.json</c> in its folder, such as
/// <c>{"guidance_scale": 4, "steps": 20, "scheduler": "Ddim"}</c>. Each setting may be left out.
/// </summary>
public sealed record GenerationDefaults
{
    /// <summary>The file's name.</summary>
    public const string FileName = "generation_config.json";

    private static readonly Dictionary<string, SchedulerKind> Solvers =
        Enum.GetValues<SchedulerKind>().ToDictionary(kind => kind.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>For <see cref="GenerationRequest.GuidanceScale"/>.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>For <see cref="GenerationRequest.Steps"/>.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>For <see cref="GenerationRequest.Scheduler"/>.</summary>
    public SchedulerKind? Scheduler { get; init; }

    /// <summary>Reads a model's defaults; without the file, those of Stable Diffusion.</summary>
    /// <param name="modelFolder">The model's folder.</param>
    /// <exception cref="ModelConfigException">The file can't be read, or a setting in it makes no sense.</exception>
    public static GenerationDefaults Read(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        if (!File.Exists(Path.Combine(modelFolder, FileName)))
        {
            return new GenerationDefaults();
        }

        var (json, source) = ComponentFolder.ReadJson(modelFolder, FileName);
        return Read(new ConfigReader(json, source));
    }

    private static GenerationDefaults Read(ConfigReader settings)
    {
        var none = new GenerationDefaults();
        var defaults = new GenerationDefaults
        {
            GuidanceScale = settings.Number("guidance_scale", none.GuidanceScale),
            Steps = settings.Integer("steps", none.Steps),
            Scheduler = settings.IsNull("scheduler") || !settings.Has("scheduler") ? null : settings.OneOf("scheduler", Solvers),
        };
        settings.RefuseOthers();
        if (defaults.GuidanceScale < 0)
        {
            throw settings.Wrong("guidance_scale", "has to be a number from 0");
        }

        return defaults.Steps > 0 ? defaults : throw settings.Wrong("steps", "has to be at least 1");
    }
}
