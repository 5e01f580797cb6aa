namespace DiffusionX.Tests.Cli.Pull;

/// <summary>What a <see cref="LocalHub"/> does wrong about one file.</summary>
internal sealed class HubFault
{
    private int times;

    /// <summary>Answers with this status.</summary>
    public int? Status { get; init; }

    /// <summary>Breaks off after so many bytes of an answer.</summary>
    public int? BreaksAfter { get; init; }

    /// <summary>How often it answers with the status, or breaks off, before it behaves.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>The size that it says the file has.</summary>
    public long? ClaimedSize { get; init; }

    /// <summary>What it sends in the file's place.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Sends the whole file whatever part is asked for.</summary>
    public bool IgnoresRange { get; init; }

    /// <summary>Says nothing about the file's bytes.</summary>
    public bool HidesChecksum { get; init; }

    public int? TakeStatus() => Status is not null && times++ < Times ? Status : null;

    public int? TakeBreak() => BreaksAfter is not null && times++ < Times ? BreaksAfter : null;
}
