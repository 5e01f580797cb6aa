namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// How long a session takes on hardware of which the speeds are known: T = e·(1 + (R − 1)·s) + c·s′ + link, where e and c are whole runs of
/// the small and the large model, R the rounds, s the strength of rounds after the first and s′ that of the refinement. Strengths shorten
/// the steps of a run, and not what a run takes besides.
/// </summary>
/// <param name="Hardware">The speeds.</param>
/// <param name="Rounds">Rounds of a session, R; a mean need not be whole.</param>
internal sealed record SessionForecast(HardwareProfile Hardware, double Rounds)
{
    /// <summary>Every round a whole run on the edge.</summary>
    public double EdgeOnly => Rounds * Hardware.Edge.Seconds();

    /// <summary>Every round a whole run in the cloud.</summary>
    public double CloudOnly => Rounds * (Hardware.Cloud.Seconds() + Hardware.RoundLinkSeconds);

    /// <summary>Rounds on the edge, each from the one before, and a refinement in the cloud.</summary>
    /// <param name="edgeStrength">The mean strength of rounds after the first, s.</param>
    /// <param name="cloudStrength">The mean strength of the refinement, s′.</param>
    public double EdgeAndCloud(double edgeStrength, double cloudStrength) =>
        Hardware.Edge.Seconds() + ((Rounds - 1) * Hardware.Edge.Seconds(edgeStrength)) + Hardware.Cloud.Seconds(cloudStrength) + Hardware.RefinementLinkSeconds;
}
