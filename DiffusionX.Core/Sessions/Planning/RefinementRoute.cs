using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Planning;

/// <summary>Who refines a draft.</summary>
public enum RefinementPath
{
    /// <summary>The cloud.</summary>
    Cloud,

    /// <summary>The edge begins, and the cloud goes on.</summary>
    Relay,

    /// <summary>The edge.</summary>
    EdgeAlone,
}

/// <summary>One way to a refined picture, and how good its pictures are.</summary>
/// <param name="Path">Who refines.</param>
/// <param name="Encoding">How the draft crosses the link; null where it stays.</param>
/// <param name="BytesPerValue">Bytes of each number of a latent in that encoding.</param>
/// <param name="Quality">How good its pictures are beside the best way's, measured, from 0 to 1.</param>
public sealed record RefinementRoute(RefinementPath Path, DraftEncoding? Encoding, double BytesPerValue, double Quality);

/// <summary>The chosen way.</summary>
/// <param name="Route">The way.</param>
/// <param name="Expected">How long it is expected to take.</param>
public sealed record PlannedRefinement(RefinementRoute Route, TimeSpan Expected)
{
    /// <summary>The choice in a line, such as "the cloud with Latent8, expected to take 0.312 s".</summary>
    public override string ToString()
    {
        var path = Route.Path switch
        {
            RefinementPath.EdgeAlone => "the edge alone",
            RefinementPath.Relay => "a relay",
            _ => "the cloud",
        };
        var encoding = Route.Encoding is { } chosen ? $" with {chosen}" : "";
        return FormattableString.Invariant($"{path}{encoding}, expected to take {Expected.TotalSeconds:F3} s");
    }
}
