namespace DiffusionX.Transport.Messages;

/// <summary>The listening end's answer to <see cref="Hello"/>: the version to speak, its models, and what it allows.</summary>
internal sealed record Welcome : Message
{
    /// <summary>The version of the protocol that both speak from now on. The handshake fills it in.</summary>
    public int Version { get; init; } = ProtocolVersion.Newest;

    /// <summary>Says which VAE its latents belong to.</summary>
    public string VaeFingerprint { get; init; } = "";

    /// <summary>Says which noise schedule its model was trained with.</summary>
    public string ScheduleFingerprint { get; init; } = "";

    /// <summary>The server's name: where pictures are refined.</summary>
    public string Server { get; init; } = "";

    /// <summary>The solver that it refines with; empty for a server that can't go on with runs that its clients began.</summary>
    public string Solver { get; init; } = "";

    /// <summary>Whether it refines under a mask. One that does not know masks would refine everything.</summary>
    public bool TakesMasks { get; init; }

    /// <summary>Whether it refines with the LoRAs that a request names. One that does not know them would leave them out.</summary>
    public bool TakesLoras { get; init; }

    /// <summary>Whether it reads prompts as a request says. One that does not would take all syntax for words.</summary>
    public bool TakesPromptSyntax { get; init; }

    /// <summary>What it takes.</summary>
    public ServerLimits Limits { get; init; } = new();
}
