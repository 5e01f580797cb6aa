using DiffusionX.Pipeline;

namespace DiffusionX.Evaluation.Latency;

/// <summary>A model, and how it draws in all systems alike.</summary>
/// <param name="Model">The model; it stays the caller's.</param>
/// <param name="Defaults">Its steps, guidance and solver.</param>
internal sealed record DrawingSettings(DiffusionModel Model, GenerationDefaults Defaults)
{
    /// <summary>A whole run from noise.</summary>
    internal GenerationRequest Request(string prompt, long seed) => new()
    {
        Prompt = prompt,
        Seed = seed,
        Steps = Defaults.Steps,
        GuidanceScale = Defaults.GuidanceScale,
        Scheduler = Defaults.Scheduler,
    };
}
