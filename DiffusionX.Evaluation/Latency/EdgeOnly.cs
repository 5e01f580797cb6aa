using System.Diagnostics;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Imaging;

namespace DiffusionX.Evaluation.Latency;

/// <summary>The small model alone: every round is drawn on the edge, from noise.</summary>
internal sealed class EdgeOnly(DrawingSettings edge) : ISessionSystem
{
    /// <summary>What it is called.</summary>
    public const string SystemName = "edge only";

    /// <inheritdoc/>
    public string Name => SystemName;

    /// <inheritdoc/>
    public async Task<SessionOutcome> PlayAsync(PromptSession session, long seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var clock = Stopwatch.StartNew();
        var pictures = new List<Picture>();
        var (first, computing, steps) = (TimeSpan.Zero, TimeSpan.Zero, 0);
        foreach (var round in session.Rounds)
        {
            var result = await edge.Model.GenerateAsync(edge.Request(round.Prompt, seed + pictures.Count), cancellationToken: cancellationToken).ConfigureAwait(false);
            first = pictures.Count == 0 ? clock.Elapsed : first;
            computing += result.Timings.Total;
            steps += result.StepsRun;
            pictures.Add(result.Images[0].Picture);
        }

        var measurement = new SessionMeasurement
        {
            System = Name,
            Session = session.Id,
            Seconds = clock.Elapsed.TotalSeconds,
            FirstPreviewSeconds = first.TotalSeconds,
            EdgeSeconds = computing.TotalSeconds,
            EdgeSteps = steps,
        };
        return new SessionOutcome(measurement, [.. pictures], pictures[^1]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
