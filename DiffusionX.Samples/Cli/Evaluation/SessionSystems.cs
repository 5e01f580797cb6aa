using DiffusionX.Evaluation.Latency;
using DiffusionX.Generation;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Cli.Evaluation;

/// <summary>The systems that are compared, over links of their own that are alike, with the two models that they share.</summary>
internal sealed class SessionSystems : IAsyncDisposable
{
    /// <summary>What ratios are taken to.</summary>
    public const string Baseline = CloudOnly.SystemName;

    /// <summary>DiffusionX with one strength for everything.</summary>
    public const string WithoutPredictor = "DiffusionX, fixed strength";

    /// <summary>DiffusionX with as much noise as the change of prompt asks for.</summary>
    public const string WithPredictor = "DiffusionX, strength by prompt distance";

    private const double CloudStrength = 0.5;

    private readonly List<IDisposable> models = [];
    private readonly List<ISessionSystem> systems = [];

    private SessionSystems(DrawingSettings edge, DrawingSettings cloud)
    {
        Edge = edge;
        Cloud = cloud;
        models.AddRange([edge.Model, cloud.Model]);
    }

    public DrawingSettings Edge { get; }

    public DrawingSettings Cloud { get; }

    public IReadOnlyList<ISessionSystem> All => systems;

    public static async Task<SessionSystems> StartAsync(LatencySettings settings, CancellationToken cancellationToken)
    {
        var edge = Load(settings.EdgeFolder, settings.Edge, settings.Steps);
        var started = new SessionSystems(edge, Load(settings.CloudFolder, settings.Cloud, settings.Steps));
        await started.StartAllAsync(settings, cancellationToken);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var system in systems)
        {
            await system.DisposeAsync();
        }

        models.ForEach(model => model.Dispose());
    }

    private static DrawingSettings Load(string folder, DiffusionModelOptions options, int? steps)
    {
        var defaults = GenerationDefaults.Read(folder);
        return new DrawingSettings(DiffusionModel.Load(folder, options), defaults with { Steps = steps ?? defaults.Steps });
    }

    private static ThrottledTransport Link(LatencySettings settings) => new(new InMemoryTransport(), settings.Link);

    private async Task StartAllAsync(LatencySettings settings, CancellationToken cancellationToken)
    {
        var fixedStrength = new FixedStrength(settings.FixedStrength);
        systems.Add(await CloudOnly.StartAsync(Cloud, Link(settings), cancellationToken));
        systems.Add(new EdgeOnly(Edge));
        systems.Add(EdgeAndCloud.Start(WithoutPredictor, Edge, Cloud, Link(settings), fixedStrength, fixedStrength));

        // Of what needs no training, there is a predictor for the edge alone; in the cloud the default strength stands in.
        systems.Add(EdgeAndCloud.Start(WithPredictor, Edge, Cloud, Link(settings), new EmbeddingDistanceStrength(), new FixedStrength(CloudStrength)));
    }
}
