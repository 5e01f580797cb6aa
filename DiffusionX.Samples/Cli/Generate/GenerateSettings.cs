using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Generate;

/// <summary>What the user asked <c>diffusionx generate</c> for.</summary>
internal sealed record GenerateSettings
{
    public required string ModelFolder { get; init; }

    public required DiffusionModelOptions Model { get; init; }

    /// <summary>One for each prompt.</summary>
    public required IReadOnlyList<GenerationRequest> Requests { get; init; }

    /// <summary>The path of the picture to start from.</summary>
    public string? InitImage { get; init; }

    /// <summary>The path of the mask over it.</summary>
    public string? InitMask { get; init; }

    /// <summary>How far its canvas is extended.</summary>
    public CanvasMargins? Outpaint { get; init; }

    /// <summary>The path of the picture that shows where the drawing is heading.</summary>
    public string? Preview { get; init; }

    /// <summary>The path to write to; null for one that is free.</summary>
    public string? Output { get; init; }

    /// <summary>The path of one picture with all of them.</summary>
    public string? Grid { get; init; }

    public bool DrawsInTerminal { get; init; }

    public int PicturesPerPrompt => Requests[0].ImageCount;

    public int Pictures => Requests.Count * PicturesPerPrompt;

    /// <summary>Whether every picture becomes a file of its own: with a grid, only if a name was given for it.</summary>
    public bool WritesEachPicture => Grid is null || Output is not null;
}
