using DiffusionX.Generation;

namespace DiffusionX.Cli.Generation;

/// <summary>What the user asked <c>diffusionx generate</c> for.</summary>
internal sealed record GenerateSettings
{
    public required string ModelFolder { get; init; }

    public required DiffusionModelOptions Model { get; init; }

    public required GenerationRequest Request { get; init; }

    /// <summary>The path of the picture to start from.</summary>
    public string? StartPicture { get; init; }

    /// <summary>The path of the picture that shows where the drawing is heading.</summary>
    public string? Preview { get; init; }

    /// <summary>The path to write to.</summary>
    public required string Output { get; init; }

    public bool DrawsInTerminal { get; init; }
}
