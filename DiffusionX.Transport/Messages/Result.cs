namespace DiffusionX.Transport.Messages;

/// <summary>The refined picture, and what it took.</summary>
internal sealed record Result : RequestMessage
{
    /// <summary>How <see cref="Picture"/> is to be read.</summary>
    public required PictureEncoding Encoding { get; init; }

    /// <summary>The picture.</summary>
    public required byte[] Picture { get; init; }

    /// <summary>How much noise was put on the draft.</summary>
    public double Strength { get; init; }

    /// <summary>Steps that were computed.</summary>
    public int StepsRun { get; init; }

    /// <summary>How long the request waited.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>How long it was computed.</summary>
    public TimeSpan ComputeTime { get; init; }
}
