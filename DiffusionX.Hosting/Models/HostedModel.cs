using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Models;

/// <summary>A model that a host has loaded.</summary>
/// <param name="Name">What programs and clients call it.</param>
/// <param name="Model">The model; it is the host's to dispose.</param>
/// <param name="Defaults">What it draws best with.</param>
public sealed record HostedModel(string Name, DiffusionModel Model, GenerationDefaults Defaults)
{
    /// <summary>When it was there.</summary>
    public DateTimeOffset Loaded { get; init; }

    /// <summary>A request with the settings that the model draws best with.</summary>
    /// <param name="prompt">What the picture should show.</param>
    public GenerationRequest Request(string prompt) => new()
    {
        Prompt = prompt,
        Steps = Defaults.Steps,
        GuidanceScale = Defaults.GuidanceScale,
        Scheduler = Defaults.Scheduler,
    };
}
