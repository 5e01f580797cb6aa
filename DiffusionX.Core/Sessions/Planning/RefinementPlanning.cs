using DiffusionX.Transport;

namespace DiffusionX.Sessions.Planning;

/// <summary>
/// That a session chooses for each refinement between the cloud, a relay and the edge alone, and between encodings of the latent: the way
/// of the least expected time, of those that are good enough, by what its refinements before have measured.
/// </summary>
public sealed record RefinementPlanning
{
    /// <summary>What a picture has to be at least, from 0 to 1; see <see cref="RefinementRoute.Quality"/>.</summary>
    public double Quality { get; init; } = 0.95;

    /// <summary>The ways there are. Those that a cloud, a mask or a LoRA rules out are left out of the choice.</summary>
    public IReadOnlyList<RefinementRoute> Routes { get; init; } = RefinementPlanner.ScenesRoutes;

    /// <summary>
    /// How long a measurement of the cloud and its link counts. When it is over, or there was none yet, a refinement goes the way that the
    /// options say, and is measured: a queue that was long once does not keep a session from the cloud for good.
    /// </summary>
    public TimeSpan MeasurementLifetime { get; init; } = TimeSpan.FromMinutes(1);

    internal void Validate(OptionChecker check)
    {
        check.Within(Quality, 0, 1, nameof(Quality));
        check.NotNull(Routes, nameof(Routes));
        check.Duration(MeasurementLifetime, nameof(MeasurementLifetime));
        if (!Routes.Any(route => route.Quality >= Quality))
        {
            throw new SessionException(FormattableString.Invariant($"No way to a refined picture has a quality of {Quality}. Ask for less, or add a way that has."));
        }
    }
}
