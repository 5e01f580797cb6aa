using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>Where the client's own model stopped a run that the server's is to go on with: the draft is the noisy latent there.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record RelayPoint
{
    /// <summary>The step of the whole schedule that comes next, from 0.</summary>
    [MemoryPackOrder(0)]
    public required int NextStep { get; init; }

    /// <summary>The noise there, σ/α, by which the server sees that it means the same step.</summary>
    [MemoryPackOrder(1)]
    public required double Sigma { get; init; }

    internal string? FindFault() =>
        NextStep < 0 ? "the step to go on with is less than 0" :
        !(double.IsFinite(Sigma) && Sigma > 0) ? "the noise to go on with is not a number above 0" :
        null;
}
