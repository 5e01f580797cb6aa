using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Prompts;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Runtime;
using DiffusionX.Scenes;

namespace DiffusionX.Cli.Evaluate;

/// <summary>Plays the sessions, and measures the models alone for forecasts.</summary>
internal sealed class LatencyRun(LatencySettings settings)
{
    private const string LogFile = "sessions.jsonl";
    private const int DefaultSessions = 400;

    /// <summary>Plays what is not played yet.</summary>
    /// <param name="bars">Where the user watches.</param>
    /// <param name="show">Given what was drawn, the number of its session, and what the last picture should show.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    public async Task<LatencyResult> RunAsync(EvaluationBars bars, Action<SessionOutcome, int, string>? show, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(settings.WorkFolder);
        var sessions = Sessions(cancellationToken);
        var log = SessionLog.Open(Path.Combine(settings.WorkFolder, LogFile), settings.Describe(sessions));
        await using var systems = await SessionSystems.StartAsync(settings, cancellationToken);
        var evaluation = new LatencyEvaluation(systems.All, settings.Seed);
        await evaluation.RunAsync(sessions, log, Numbered(show, sessions), new ImmediateProgress<LatencyProgress>(value => bars.Set("sessions", value.Done, value.Count)), cancellationToken);
        bars.Set("speeds", 0, 2);
        var edge = await ModelSpeed.MeasureAsync(systems.Edge, cancellationToken: cancellationToken);
        bars.Set("speeds", 1, 2);
        var cloud = await ModelSpeed.MeasureAsync(systems.Cloud, cancellationToken: cancellationToken);
        bars.Set("speeds", 2, 2);
        var figures = new LatencySummary().Of(log.Measurements, SessionSystems.Baseline);
        return new LatencyResult(sessions, log.Measurements, figures, Profile(edge, cloud, figures, MeanRounds(sessions)));
    }

    private static double MeanRounds(IReadOnlyList<PromptSession> sessions) => sessions.Average(session => session.Rounds.Length);

    private static Action<SessionOutcome>? Numbered(Action<SessionOutcome, int, string>? show, IReadOnlyList<PromptSession> sessions)
    {
        if (show is null)
        {
            return null;
        }

        var numbers = sessions.Select((session, i) => (session.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        return outcome =>
        {
            var number = numbers[outcome.Measurement.Session];
            show(outcome, number, sessions[number].Rounds[^1].Prompt);
        };
    }

    private IReadOnlyList<PromptSession> Sessions(CancellationToken cancellationToken)
    {
        if (settings.Prompts is not { } file)
        {
            return ScenePrompts.Draw(SceneSplit.Evaluation, settings.Sessions ?? DefaultSessions, settings.Rounds, (int)settings.Seed, cancellationToken);
        }

        var sessions = PromptSet.Read(file);
        return sessions.Count >= (settings.Sessions ?? 1)
            ? [.. sessions.Take(settings.Sessions ?? sessions.Count)]
            : throw new EvaluationException($"{file} has {sessions.Count} sessions, and {settings.Sessions} were asked for.");
    }

    // A refinement's exchanges are the handshake and the request; a round in the cloud is one.
    private HardwareProfile Profile(ModelSpeed edge, ModelSpeed cloud, IReadOnlyList<SystemLatency> figures, double rounds)
    {
        var remote = figures.First(system => system.System == SessionSystems.Baseline);
        var refined = figures.First(system => system.System == SessionSystems.WithPredictor);
        return new HardwareProfile
        {
            Name = "this machine",
            Edge = edge,
            Cloud = cloud,
            RefinementLinkSeconds = LinkForecast.Seconds(settings.Link, refined.BytesUp, refined.BytesDown, exchanges: 2),
            RoundLinkSeconds = LinkForecast.Seconds(settings.Link, remote.BytesUp, remote.BytesDown, rounds) / rounds,
        };
    }
}
