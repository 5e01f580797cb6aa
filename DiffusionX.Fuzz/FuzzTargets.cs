using DiffusionX.Fuzz.Targets;

namespace DiffusionX.Fuzz;

/// <summary>All ways in.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("frames", FrameTarget.Read),
        new("safetensors", WeightTargets.ReadSafetensors),
        new("weights", WeightTargets.ReadNamedTensors),
        new("configs", ConfigTarget.Read),
        new("tokenizers", TokenizerTarget.Read),
        new("prompts", PromptTarget.Read),
        new("sessions", SessionTarget.Read),
        new("pictures", PictureTarget.Read),
        new("http", HttpTarget.Read),
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static FuzzTarget Find(string name) => All.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"There is no target '{name}'; there are {string.Join(", ", All)}.");
}
