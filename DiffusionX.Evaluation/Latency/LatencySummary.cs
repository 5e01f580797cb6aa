namespace DiffusionX.Evaluation.Latency;

/// <summary>Takes the figures from what was measured.</summary>
internal sealed class LatencySummary
{
    private readonly Bootstrap bootstrap;

    /// <param name="bootstrap">Draws the intervals; null for the default settings.</param>
    public LatencySummary(Bootstrap? bootstrap = null) => this.bootstrap = bootstrap ?? new Bootstrap();

    /// <summary>
    /// The figures of each system, in the order in which they appear. Ratios are of sessions that both systems played, drawn together.
    /// </summary>
    /// <param name="measurements">What was measured.</param>
    /// <param name="baseline">The system that ratios are taken to.</param>
    /// <exception cref="EvaluationException">There are no measurements.</exception>
    public IReadOnlyList<SystemLatency> Of(IReadOnlyList<SessionMeasurement> measurements, string baseline)
    {
        ArgumentNullException.ThrowIfNull(measurements);
        if (measurements.Count == 0)
        {
            throw new EvaluationException("There are no measurements to summarise.");
        }

        var ofBaseline = measurements.Where(measurement => measurement.System == baseline).ToDictionary(measurement => measurement.Session);
        return [.. measurements.GroupBy(measurement => measurement.System).Select(group => Of([.. group], ofBaseline))];
    }

    private SystemLatency Of(SessionMeasurement[] played, Dictionary<string, SessionMeasurement> ofBaseline)
    {
        (SessionMeasurement Own, SessionMeasurement Base)[] pairs =
            [.. played.Where(measurement => ofBaseline.ContainsKey(measurement.Session)).Select(measurement => (measurement, ofBaseline[measurement.Session]))];
        return new SystemLatency
        {
            System = played[0].System,
            Sessions = played.Length,
            Seconds = Mean(played, measurement => measurement.Seconds),
            MedianSeconds = Quantile.Of(played.Select(measurement => measurement.Seconds), 0.5),
            SlowSeconds = Quantile.Of(played.Select(measurement => measurement.Seconds), 0.95),
            FirstPreviewSeconds = Mean(played, measurement => measurement.FirstPreviewSeconds),
            EdgeSeconds = played.Average(measurement => measurement.EdgeSeconds),
            CloudSeconds = Mean(played, measurement => measurement.CloudSeconds),
            LinkSeconds = played.Average(measurement => measurement.LinkSeconds),
            BytesUp = played.Average(measurement => measurement.BytesUp),
            BytesDown = played.Average(measurement => measurement.BytesDown),
            EdgeSteps = played.Average(measurement => measurement.EdgeSteps),
            CloudSteps = played.Average(measurement => measurement.CloudSteps),
            Joules = played.All(measurement => measurement.Joules is not null) ? played.Average(measurement => measurement.Joules) : null,
            SecondsRatio = Ratio(pairs, measurement => measurement.Seconds),
            CloudRatio = Ratio(pairs, measurement => measurement.CloudSeconds),
        };
    }

    private Estimate Mean(SessionMeasurement[] played, Func<SessionMeasurement, double> figure) =>
        bootstrap.Percentile(played.Length, numbers => numbers.Average(i => figure(played[i])));

    private Estimate? Ratio((SessionMeasurement Own, SessionMeasurement Base)[] pairs, Func<SessionMeasurement, double> figure) => pairs.All(pair => figure(pair.Base) > 0) && pairs.Length > 0
        ? bootstrap.Percentile(pairs.Length, numbers => numbers.Sum(i => figure(pairs[i].Own)) / numbers.Sum(i => figure(pairs[i].Base)))
        : null;
}
