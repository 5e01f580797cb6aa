using System.Diagnostics;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Imaging;
using DiffusionX.Transport;

namespace DiffusionX.Evaluation.Latency;

/// <summary>The large model alone: every round is drawn in the cloud, from noise, and comes down the link as a PNG.</summary>
internal sealed class CloudOnly : ISessionSystem
{
    /// <summary>What it is called.</summary>
    public const string SystemName = "cloud only";

    private readonly RemoteBaseline cloud;
    private readonly ITransport link;

    private CloudOnly(RemoteBaseline cloud, ITransport link)
    {
        this.cloud = cloud;
        this.link = link;
    }

    /// <inheritdoc/>
    public string Name => SystemName;

    /// <summary>Begins to listen.</summary>
    /// <param name="cloud">The cloud's model.</param>
    /// <param name="link">The link between the two; nothing else may listen there.</param>
    /// <param name="cancellationToken">Stops the beginning.</param>
    public static async Task<CloudOnly> StartAsync(DrawingSettings cloud, ITransport link, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cloud);
        ArgumentNullException.ThrowIfNull(link);
        return new CloudOnly(await RemoteBaseline.StartAsync(cloud, link, cancellationToken).ConfigureAwait(false), link);
    }

    /// <inheritdoc/>
    public async Task<SessionOutcome> PlayAsync(PromptSession session, long seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var clock = Stopwatch.StartNew();
        var connection = await link.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using var closed = connection.ConfigureAwait(false);
        var pictures = new List<Picture>();
        var (first, computing, steps) = (TimeSpan.Zero, 0.0, 0);
        foreach (var round in session.Rounds)
        {
            var drawn = await RemoteBaseline.DrawAsync(connection, new(round.Prompt, seed + pictures.Count), cancellationToken).ConfigureAwait(false);
            first = pictures.Count == 0 ? clock.Elapsed : first;
            computing += drawn.Seconds;
            steps += drawn.Steps;
            pictures.Add(drawn.Picture);
        }

        var measurement = new SessionMeasurement
        {
            System = Name,
            Session = session.Id,
            Seconds = clock.Elapsed.TotalSeconds,
            FirstPreviewSeconds = first.TotalSeconds,
            CloudSeconds = computing,
            CloudSteps = steps,
            BytesUp = connection.BytesSent,
            BytesDown = connection.BytesReceived,
        };
        return new SessionOutcome(measurement, [.. pictures], pictures[^1]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => cloud.DisposeAsync();
}
