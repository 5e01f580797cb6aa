namespace DiffusionX.Transport.Messages;

/// <summary>Where the client's own model stopped a run that the server's is to go on with: the draft is the noisy latent there.</summary>
internal sealed record RelayPoint
{
    /// <summary>The step of the whole schedule that comes next, from 0.</summary>
    public required int NextStep { get; init; }

    /// <summary>The noise there, σ/α, by which the server sees that it means the same step.</summary>
    public required double Sigma { get; init; }
}
