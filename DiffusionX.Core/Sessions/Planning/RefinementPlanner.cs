using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Planning;

/// <summary>
/// Chooses for a draft the way to a refined picture that takes the least expected time of those that are good enough: a table of ways, and
/// one sum for each of them.
/// </summary>
/// <param name="routes">The ways there are.</param>
public sealed class RefinementPlanner(IReadOnlyList<RefinementRoute> routes)
{
    private const int BitsPerByte = 8;

    /// <summary>
    /// The ways of the scenes models, with their judged fidelity as docs/RESULTS.md has it, as a share of that of a refinement in the cloud.
    /// </summary>
    public static IReadOnlyList<RefinementRoute> ScenesRoutes { get; } =
    [
        new(RefinementPath.Cloud, DraftEncoding.Float16Latent, 2, Quality: 1),
        new(RefinementPath.Cloud, DraftEncoding.Latent8, 1, Quality: 0.999),
        new(RefinementPath.Relay, DraftEncoding.Float16Latent, 2, Quality: 0.976),
        new(RefinementPath.Relay, DraftEncoding.Latent8, 1, Quality: 0.975),
        new(RefinementPath.EdgeAlone, Encoding: null, 0, Quality: 0.965),
    ];

    /// <summary>The ways, in the order in which the first of two that take as long is chosen.</summary>
    public IReadOnlyList<RefinementRoute> Routes { get; } = routes ?? throw new ArgumentNullException(nameof(routes));

    /// <summary>Chooses.</summary>
    /// <param name="conditions">What was measured.</param>
    /// <param name="quality">What a picture has to be at least, from 0 to 1; see <see cref="RefinementRoute.Quality"/>.</param>
    /// <exception cref="SessionException">No way is good enough, or a condition makes no sense.</exception>
    public PlannedRefinement Choose(RefinementConditions conditions, double quality)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        if (!(conditions.UplinkBitsPerSecond > 0 && conditions.DownlinkBitsPerSecond > 0))
        {
            throw new SessionException("A link that lets nothing through can't be planned for. Give its bits a second in both directions, above 0.");
        }

        return Routes.Where(route => route.Quality >= quality)
            .Select(route => new PlannedRefinement(route, Expect(route, conditions)))
            .MinBy(plan => plan.Expected)
            ?? throw new SessionException(FormattableString.Invariant($"No way to a refined picture has a quality of {quality}. Ask for less, or add a way that has."));
    }

    /// <summary>How long a way is expected to take.</summary>
    /// <param name="route">The way.</param>
    /// <param name="conditions">What was measured.</param>
    public static TimeSpan Expect(RefinementRoute route, RefinementConditions conditions)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(conditions);
        if (route.Path == RefinementPath.EdgeAlone)
        {
            return conditions.EdgeRun + (conditions.EdgeStep * conditions.EdgeSteps);
        }

        var relayed = route.Path == RefinementPath.Relay ? Math.Min(conditions.RelayedSteps, conditions.CloudSteps) : 0;
        var edge = relayed > 0 ? conditions.EdgeRun + (conditions.EdgeStep * relayed) : TimeSpan.Zero;
        var cloud = conditions.Queue + conditions.CloudRun + (conditions.CloudStep * (conditions.CloudSteps - relayed));
        var up = conditions.LatentValues * route.BytesPerValue * BitsPerByte / conditions.UplinkBitsPerSecond;
        var down = conditions.PictureBytes * BitsPerByte / conditions.DownlinkBitsPerSecond;
        return edge + cloud + conditions.RoundTrip + TimeSpan.FromSeconds(up + down);
    }
}
