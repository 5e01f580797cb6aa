using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>Asks for a draft to be refined.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Refine : RequestMessage
{
    /// <summary>What the picture should show.</summary>
    [MemoryPackOrder(1)]
    public required string Prompt { get; init; }

    /// <summary>What the picture should not show.</summary>
    [MemoryPackOrder(2)]
    public string NegativePrompt { get; init; } = "";

    /// <summary>How much further than the model goes by itself to go towards the prompt.</summary>
    [MemoryPackOrder(3)]
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>Steps of the whole schedule.</summary>
    [MemoryPackOrder(4)]
    public int Steps { get; init; } = 25;

    /// <summary>How much noise to put on the draft, from 0 to 1; null lets the server choose.</summary>
    [MemoryPackOrder(5)]
    public double? Strength { get; init; }

    /// <summary>The seed of the noise.</summary>
    [MemoryPackOrder(6)]
    public long Seed { get; init; }

    /// <summary>The draft.</summary>
    [MemoryPackOrder(7)]
    public required DraftPayload Draft { get; init; }

    /// <summary>After every how many steps the progress carries a preview; 0 for none.</summary>
    [MemoryPackOrder(8)]
    public int PreviewEvery { get; init; }

    /// <summary>After how many seconds the result is of no use any more; null for no deadline.</summary>
    [MemoryPackOrder(9)]
    public double? DeadlineSeconds { get; init; }

    /// <summary>How the picture of the result should be encoded.</summary>
    [MemoryPackOrder(10)]
    public PictureEncoding ResultEncoding { get; init; }

    /// <summary>Whether the result should carry its latent too.</summary>
    [MemoryPackOrder(11)]
    public bool ReturnLatent { get; init; }

    /// <summary>The W3C trace context of the request; null for none.</summary>
    [MemoryPackOrder(12)]
    public string? TraceParent { get; init; }

    /// <summary>Set where the draft is a noisy latent, on whose run the server is to go on without adding noise; null for a draft to put noise on.</summary>
    [MemoryPackOrder(13)]
    public RelayPoint? Relay { get; init; }

    /// <summary>Tells the request; its prompts are nobody else's business.</summary>
    public override string ToString() => $"Refine {RequestId}";

    internal override string? FindFault() => FirstOf(
        (RequestId == Guid.Empty, "the request has no id"),
        (Prompt is null || NegativePrompt is null, "a prompt is missing"),
        (!double.IsFinite(GuidanceScale), "the guidance scale is not a number"),
        (Strength is { } strength && !(strength >= 0 && strength <= 1), "the strength is not from 0 to 1"),
        (Steps < 1 || PreviewEvery < 0, "a number of steps is too small"),
        (DeadlineSeconds is { } deadline && !(deadline >= 0), "the deadline is not a time"),
        (!Enum.IsDefined(ResultEncoding), "the result's encoding is unknown"),
        (Draft is null, "the draft is missing"))
        ?? Draft?.FindFault() ?? Relay?.FindFault();
}
