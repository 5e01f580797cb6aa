using System.Collections.Immutable;
using System.Diagnostics;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport;

namespace DiffusionX.Evaluation.Latency;

/// <summary>DiffusionX: rounds are drawn on the edge, each from the one before, and the last draft is refined in the cloud.</summary>
internal sealed class EdgeAndCloud : ISessionSystem
{
    private readonly DrawingSettings edge;
    private readonly DrawingSettings cloud;
    private readonly ITransport link;
    private readonly EdgeAndCloudOptions options;
    private readonly CloudRefiner refiner;

    private EdgeAndCloud(string name, DrawingSettings edge, DrawingSettings cloud, ITransport link, EdgeAndCloudOptions options, CloudRefiner refiner)
    {
        Name = name;
        this.edge = edge;
        this.cloud = cloud;
        this.link = link;
        this.options = options;
        this.refiner = refiner;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="edge">The edge's model.</param>
    /// <param name="cloud">The cloud's model.</param>
    /// <param name="link">The link between the two; nothing else may listen there.</param>
    /// <param name="options">How they work together.</param>
    /// <param name="cancellationToken">Stops the beginning.</param>
    public static async Task<EdgeAndCloud> StartAsync(
        string name, DrawingSettings edge, DrawingSettings cloud, ITransport link, EdgeAndCloudOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(edge);
        ArgumentNullException.ThrowIfNull(cloud);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(options);
        var refiner = await CloudRefiner.StartAsync(cloud.Model, link, options.Cloud with { Scheduler = cloud.Defaults.Scheduler }, cancellationToken).ConfigureAwait(false);
        return new EdgeAndCloud(name, edge, cloud, link, options, refiner);
    }

    /// <inheritdoc/>
    public async Task<SessionOutcome> PlayAsync(PromptSession session, long seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var clock = Stopwatch.StartNew();
        var playing = await EdgeSession.OpenAsync(edge.Model, link, Options(seed), cancellationToken).ConfigureAwait(false);
        await using var closed = playing.ConfigureAwait(false);
        var drafts = new List<Draft>();
        var first = TimeSpan.Zero;
        foreach (var round in session.Rounds)
        {
            drafts.Add(await playing.PromptAsync(round.Prompt, cancellationToken: cancellationToken).ConfigureAwait(false));
            first = drafts.Count == 1 ? clock.Elapsed : first;
        }

        var refined = await playing.FinalizeAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var measurement = Measure(session, drafts, refined.Report) with { Seconds = clock.Elapsed.TotalSeconds, FirstPreviewSeconds = first.TotalSeconds };
        var distances = await DistancesAsync(session, cancellationToken).ConfigureAwait(false);
        return new SessionOutcome(measurement with { PromptDistances = distances }, [.. drafts.Select(draft => draft.Picture)], refined.Picture);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => refiner.DisposeAsync();

    private EdgeSessionOptions Options(long seed) => new()
    {
        Seed = seed,
        Steps = edge.Defaults.Steps,
        GuidanceScale = edge.Defaults.GuidanceScale,
        Scheduler = edge.Defaults.Scheduler,
        SkipSteps = options.EdgeSkipSteps,
        Strength = options.EdgeStrength,
        ConnectsAhead = true,
        Refinement = new RefinementOptions
        {
            Steps = cloud.Defaults.Steps,
            GuidanceScale = cloud.Defaults.GuidanceScale,
            DraftStrength = options.DraftStrength,
            Relay = options.Relay,
            Encoding = options.Encoding,

            // A session that the edge had to refine would be no measurement of the two together.
            FallBackToEdge = false,
        },
    };

    // A round's own duration, since predicting its strength is the edge's work too, as is its part of a relay.
    private SessionMeasurement Measure(PromptSession session, List<Draft> drafts, RefinementReport report) => new()
    {
        System = Name,
        Session = session.Id,
        Seconds = 0,
        FirstPreviewSeconds = 0,
        EdgeSeconds = drafts.Sum(draft => draft.Round.Duration.TotalSeconds) + report.RelayTime.TotalSeconds,
        CloudSeconds = report.Compute.TotalSeconds,
        BytesUp = report.BytesUp,
        BytesDown = report.BytesDown,
        EdgeSteps = drafts.Sum(draft => draft.Round.StepsRun) + report.RelayedSteps,
        CloudSteps = report.StepsRun,
        Strengths = [.. drafts.Skip(1).Select(draft => draft.Round.Strength), report.Strength],
    };

    private async Task<ImmutableArray<double>> DistancesAsync(PromptSession session, CancellationToken cancellationToken)
    {
        var distances = ImmutableArray.CreateBuilder<double>();
        foreach (var (previous, current) in session.Rounds.Zip(session.Rounds.Skip(1)))
        {
            distances.Add(await DistanceAsync(edge.Model, previous.Prompt, current.Prompt, cancellationToken).ConfigureAwait(false));
        }

        return distances.ToImmutable();
    }

    private static async Task<double> DistanceAsync(DiffusionModel model, string previous, string current, CancellationToken cancellationToken)
    {
        var one = await model.EmbedPromptAsync(previous, cancellationToken).ConfigureAwait(false);
        var other = await model.EmbedPromptAsync(current, cancellationToken).ConfigureAwait(false);
        return CosineDistance.Between(one.Span, other.Span) ?? 1;
    }
}
