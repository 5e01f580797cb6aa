namespace DiffusionX.Evaluation.Throughput;

/// <summary>One refinement that a session wished for.</summary>
/// <param name="Session">The session's number.</param>
/// <param name="Wished">When, from the measurement's beginning.</param>
/// <param name="Ended">When it had it, or knew that it would not.</param>
/// <param name="Trouble">Why it has none; null where it has.</param>
internal sealed record RefinementSample(int Session, TimeSpan Wished, TimeSpan Ended, string? Trouble)
{
    public double Seconds => (Ended - Wished).TotalSeconds;
}

/// <summary>What a refiner did under one load.</summary>
/// <param name="Sessions">How many sessions asked.</param>
/// <param name="Time">For how long.</param>
/// <param name="Samples">What they got.</param>
/// <param name="MeanBatch">Pictures in a call of the UNet, in the mean.</param>
/// <param name="ProcessorTime">What the process took of the processor's threads meanwhile, its edges included.</param>
internal sealed record LoadMeasurement(
    int Sessions, TimeSpan Time, IReadOnlyList<RefinementSample> Samples, double MeanBatch, TimeSpan ProcessorTime)
{
    // At first all ask at once, and none has anything yet.
    private const double WarmUp = 0.2;

    /// <summary>Refinements that came to a picture.</summary>
    public IReadOnlyList<RefinementSample> Refined { get; } = [.. Samples.Where(sample => sample.Trouble is null)];

    /// <summary>Pictures a minute, once the load is what it is.</summary>
    public double PicturesPerMinute => Counted.Count() / (Time * (1 - WarmUp)).TotalMinutes;

    /// <summary>
    /// Seconds of a processor's thread for each picture: on a machine that does other work besides, what the clock says is that work's too.
    /// </summary>
    public double? ProcessorSeconds => Refined.Count == 0 ? null : ProcessorTime.TotalSeconds / Refined.Count;

    /// <summary>What the session with the fewest pictures has of an equal share; 1 where all have as many.</summary>
    public double SlowestShare => Refined.Count == 0 ? 0 : Fewest / CountsBySession.Average();

    /// <summary>How many pictures the session with the fewest has.</summary>
    public int Fewest => CountsBySession.Min();

    private int[] CountsBySession
    {
        get
        {
            var counts = new int[Sessions];
            foreach (var sample in Refined)
            {
                counts[sample.Session]++;
            }

            return counts;
        }
    }

    private IEnumerable<RefinementSample> Counted => Refined.Where(sample => sample.Ended >= Time * WarmUp && sample.Ended < Time);

    /// <summary>The seconds that a share of the refinements did not exceed; none where there are none.</summary>
    public double? Seconds(double share) => Refined.Count == 0 ? null : Quantile.Of(Refined.Select(sample => sample.Seconds), share);

    /// <summary>Measurements of one load, one after another, as one.</summary>
    public static LoadMeasurement Join(IReadOnlyList<LoadMeasurement> parts) => new(
        parts[0].Sessions,
        parts[0].Time,
        [.. parts.SelectMany(part => part.Samples)],
        parts.Average(part => part.MeanBatch),
        parts.Aggregate(TimeSpan.Zero, (sum, part) => sum + part.ProcessorTime));
}
