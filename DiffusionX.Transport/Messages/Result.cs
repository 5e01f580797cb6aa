using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The refined picture, and what it took.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Result : RequestMessage
{
    /// <summary>How <see cref="Picture"/> is to be read.</summary>
    [MemoryPackOrder(1)]
    public required PictureEncoding Encoding { get; init; }

    /// <summary>The picture.</summary>
    [MemoryPackOrder(2)]
    public required byte[] Picture { get; init; }

    /// <summary>The picture's latent, where the request asked for it.</summary>
    [MemoryPackOrder(3)]
    public DraftPayload? Latent { get; init; }

    /// <summary>How much noise was put on the draft.</summary>
    [MemoryPackOrder(4)]
    public double Strength { get; init; }

    /// <summary>Steps that were computed.</summary>
    [MemoryPackOrder(5)]
    public int StepsRun { get; init; }

    /// <summary>How long the request waited, in seconds.</summary>
    [MemoryPackOrder(6)]
    public double QueueSeconds { get; init; }

    /// <summary>How long it was computed, in seconds.</summary>
    [MemoryPackOrder(7)]
    public double ComputeSeconds { get; init; }

    internal override string? FindFault() => FirstOf(
        (Picture is null, "the picture is missing"),
        (!Enum.IsDefined(Encoding), "the picture's encoding is unknown"),
        (!(Strength >= 0 && Strength <= 1), "the strength is not from 0 to 1"),
        (StepsRun < 0, "the number of steps is less than 0"),
        (!(QueueSeconds >= 0 && ComputeSeconds >= 0), "a time is less than 0"))
        ?? Latent?.FindFault();
}
