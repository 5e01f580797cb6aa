namespace DiffusionX.Transport.Messages;

/// <summary>The request is being computed.</summary>
internal sealed record Progress : RequestMessage
{
    /// <summary>Steps that are done.</summary>
    public required int Step { get; init; }

    /// <summary>Steps that this run takes.</summary>
    public required int Steps { get; init; }

    /// <summary>A picture of where the run is heading, in any encoding; null for none.</summary>
    public byte[]? Preview { get; init; }
}
