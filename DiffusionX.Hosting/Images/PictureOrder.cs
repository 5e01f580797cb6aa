using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Images;

/// <summary>What is asked of a model by a client who does not know it: what is null is as the model has it.</summary>
internal sealed record PictureOrder
{
    public required string Prompt { get; init; }

    /// <summary>What the others change; null for the model's own settings.</summary>
    public GenerationRequest? Base { get; init; }

    public string? NegativePrompt { get; init; }

    public int Count { get; init; } = 1;

    public int? Width { get; init; }

    public int? Height { get; init; }

    public long? Seed { get; init; }

    public int? Steps { get; init; }

    /// <summary>How many times the model's own number of steps.</summary>
    public double StepsFactor { get; init; } = 1;

    public double? GuidanceScale { get; init; }

    /// <summary>The picture to start from.</summary>
    public Picture? Start { get; init; }

    /// <summary>Where the start is redrawn; null for everywhere.</summary>
    public Mask? Mask { get; init; }

    /// <summary>How much noise is put on the start.</summary>
    public double? Strength { get; init; }

    /// <summary>Looks at each picture on its way, at most.</summary>
    public int Previews { get; init; }
}
