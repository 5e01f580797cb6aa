namespace DiffusionX.Transport.Messages;

/// <summary>Asks for a draft to be refined.</summary>
internal sealed record Refine : RequestMessage
{
    /// <summary>What the picture should show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What the picture should not show.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The classifier-free guidance scale.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>Steps of the whole schedule.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>How much noise to put on the draft, from 0 to 1; null lets the server choose.</summary>
    public double? Strength { get; init; }

    /// <summary>The seed of the noise.</summary>
    public long Seed { get; init; }

    /// <summary>The draft.</summary>
    public required DraftPayload Draft { get; init; }

    /// <summary>After every how many steps the progress carries a preview; 0 for none.</summary>
    public int PreviewEvery { get; init; }

    /// <summary>After what time the result is of no use any more; null for no deadline.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How the picture of the result should be encoded.</summary>
    public PictureEncoding ResultEncoding { get; init; }

    /// <summary>The W3C trace context of the request; null for none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// Set where the draft is a noisy latent, on whose run the server is to go on without adding noise; null for a draft to put noise on.
    /// </summary>
    public RelayPoint? Relay { get; init; }

    /// <summary>What of the draft is to be refined, while the rest stays as it is; null for all.</summary>
    public MaskPayload? Mask { get; init; }

    /// <summary>The LoRAs to refine with; none for the server's model as it is.</summary>
    public IReadOnlyList<LoraReference> Loras { get; init; } = [];

    /// <summary>How both prompts are to be read.</summary>
    public PromptNotation PromptNotation { get; init; }
}
