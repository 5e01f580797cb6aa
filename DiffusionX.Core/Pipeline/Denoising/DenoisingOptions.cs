using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>How the steps of a run are computed, and which of them.</summary>
/// <param name="GuidanceScale">Above 1, the text holds the negative prompt's half too.</param>
internal sealed record DenoisingOptions(double GuidanceScale)
{
    /// <summary>The noise levels at which there is guidance; null for all.</summary>
    public GuidanceInterval? GuidanceInterval { get; init; }

    /// <summary>Which steps are left out.</summary>
    public SkipStepSchedule SkipSteps { get; init; } = SkipStepSchedule.None;

    /// <summary>Steps of the whole schedule, of which strength may have left fewer.</summary>
    public int ScheduleSteps { get; init; }

    /// <summary>How often the deep part of the UNet is reused; null for never.</summary>
    public DeepCacheOptions? DeepCache { get; init; }

    /// <summary>After how many steps of the plan to stop; null for its end.</summary>
    public int? StopAfter { get; init; }

    /// <summary>Whether there is guidance at a noise level, σ/α.</summary>
    public bool GuidesAt(double sigma) => GuidanceScale > 1 && GuidanceInterval?.Contains(sigma) != false;
}
