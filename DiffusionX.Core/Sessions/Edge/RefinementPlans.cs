using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Planning;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>Plans a session's refinements by what it has measured.</summary>
internal sealed class RefinementPlans(DiffusionModel model, ModelFingerprints fingerprints, RefinementMeasurements measured)
{
    /// <summary>The way of a round's refinement; null where none is to be planned, nothing was measured yet, or there is nothing to choose.</summary>
    /// <param name="session">How the session has its drafts refined.</param>
    /// <param name="round">The round.</param>
    /// <param name="cancellationToken">Stops the prediction of the edge's strength.</param>
    public async ValueTask<PlannedRefinement?> TryPlanAsync(EdgeSessionOptions session, Round round, CancellationToken cancellationToken)
    {
        if (session.Refinement.Planning is not { } planning || measured.Latest(planning.MeasurementLifetime) is not { } answer)
        {
            return null;
        }

        var routes = planning.Routes.Where(route => route.Quality >= planning.Quality && IsOpen(route, session, round, answer.Welcome)).ToList();
        if (routes.Count == 0)
        {
            return null;
        }

        var refinement = new LocalRefinement(model, session, round);
        var request = refinement.Request(await refinement.StrengthAsync(cancellationToken).ConfigureAwait(false));
        var conditions = measured.Conditions(
            round.Latent.Values.Length, Scheduler.StepsRun(request.Steps, request.Strength), RelayOf(session.Refinement), isGuided: request.GuidanceScale > 1);
        return new RefinementPlanner(routes).Choose(conditions, planning.Quality);
    }

    /// <summary>The options under which a refinement goes its planned way.</summary>
    public static EdgeSessionOptions Apply(PlannedRefinement plan, EdgeSessionOptions session) => plan.Route.Path == RefinementPath.EdgeAlone
        ? session
        : session with
        {
            Refinement = session.Refinement with
            {
                Encoding = plan.Route.Encoding,
                Relay = plan.Route.Path == RefinementPath.Relay ? RelayOf(session.Refinement) : null,
            },
        };

    private static LatentRelay RelayOf(RefinementOptions options) => options.Relay ?? new LatentRelay();

    private bool IsOpen(RefinementRoute route, EdgeSessionOptions session, Round round, Welcome welcome)
    {
        var (options, edgeHasItsLoras) = (session.Refinement, session.Refinement.Loras is not { } loras || loras.SequenceEqual(model.Loras));
        return route.Path switch
        {
            RefinementPath.EdgeAlone => edgeHasItsLoras,
            RefinementPath.Relay => edgeHasItsLoras && options.MaskOf(round) is null && FitsEncoding(route, welcome) && CanRelay(session, welcome),
            _ => FitsEncoding(route, welcome),
        };
    }

    private bool FitsEncoding(RefinementRoute route, Welcome welcome) =>
        route.Encoding is not { } encoding || !DraftCodec.IsLatent(encoding) || welcome.VaeFingerprint == fingerprints.Vae;

    // A model that was distilled for a few steps draws worse with another's solver, and a distilled solver can't go on with another's run.
    private bool CanRelay(EdgeSessionOptions session, Welcome welcome) =>
        welcome.ScheduleFingerprint == fingerprints.NoiseSchedule
        && !(session.Scheduler ?? model.DefaultScheduler).IsDistilled()
        && Enum.TryParse<SchedulerKind>(welcome.Solver, out var solver) && Enum.IsDefined(solver) && !solver.IsDistilled();
}
