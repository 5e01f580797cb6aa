using DiffusionX.Cli.Shipped;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Cli.Evaluate;

/// <summary>The systems that are compared, over links of their own that are alike, with the two models that they share.</summary>
internal sealed class SessionSystems : IAsyncDisposable
{
    /// <summary>What ratios are taken to.</summary>
    public const string Baseline = CloudOnly.SystemName;

    /// <summary>DiffusionX with one strength for everything.</summary>
    public const string WithoutPredictor = "DiffusionX, fixed strength";

    /// <summary>DiffusionX with as much noise as the change of prompt, and the draft, ask for.</summary>
    public const string WithPredictor = "DiffusionX";

    /// <summary>DiffusionX as it was: drafts of many steps, and as much noise on the last as the predictor says.</summary>
    public const string Former = "DiffusionX before: many-step edge, no limit of strength";

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
        var edge = await LoadAsync(settings.EdgeFolder, settings.Edge, settings.Steps, cancellationToken);
        var cloud = await LoadAsync(settings.CloudFolder, settings.Cloud, settings.Steps, cancellationToken);
        var started = new SessionSystems(edge, cloud);
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

    private static async Task<DrawingSettings> LoadAsync(string folder, DiffusionModelOptions options, int? steps, CancellationToken cancellationToken)
    {
        var defaults = GenerationDefaults.Read(folder);
        var model = await DiffusionModel.LoadAsync(folder, options, cancellationToken: cancellationToken);
        var isDistilled = model.DefaultScheduler.IsDistilled();
        return new DrawingSettings(model, defaults with { Steps = isDistilled ? defaults.Steps : steps ?? defaults.Steps });
    }

    private static ThrottledTransport Link(LatencySettings settings) => new(new InMemoryTransport(), settings.Link);

    private async Task StartAllAsync(LatencySettings settings, CancellationToken cancellationToken)
    {
        var fixedStrength = new FixedStrength(settings.FixedStrength);
        systems.Add(await CloudOnly.StartAsync(Cloud, Link(settings), cancellationToken));
        systems.Add(new EdgeOnly(Edge));
        await AddAsync(WithoutPredictor, new EdgeAndCloudOptions { EdgeStrength = fixedStrength, Cloud = new CloudRefinerOptions { Strength = fixedStrength } }, settings, cancellationToken);
        var predicting = await PredictingAsync(Edge, settings.Strengths, cancellationToken);
        await AddAsync(WithPredictor, predicting, settings, cancellationToken);
        if (settings.FormerEdgeFolder is { } former)
        {
            await AddFormerAsync(former, settings, cancellationToken);
        }

        if (settings.Ablates)
        {
            await AblateAsync(predicting, settings, cancellationToken);
        }
    }

    private async Task AddFormerAsync(string folder, LatencySettings settings, CancellationToken cancellationToken)
    {
        var edge = await LoadAsync(folder, settings.FormerEdge, settings.Steps, cancellationToken);
        models.Add(edge.Model);
        var unlimited = await PredictingAsync(edge, settings.Strengths with { MostOnDraft = 1 }, cancellationToken);
        systems.Add(await EdgeAndCloud.StartAsync(Former, edge, Cloud, Link(settings), unlimited, cancellationToken));
        var limited = await PredictingAsync(edge, settings.Strengths, cancellationToken);
        systems.Add(await EdgeAndCloud.StartAsync($"{WithPredictor} with the many-step edge", edge, Cloud, Link(settings), limited, cancellationToken));
        if (settings.Ablates)
        {
            await AddAsync($"{WithPredictor} with no limit of strength", await PredictingAsync(Edge, settings.Strengths with { MostOnDraft = 1 }, cancellationToken), settings, cancellationToken);
        }
    }

    private async Task AblateAsync(EdgeAndCloudOptions whole, LatencySettings settings, CancellationToken cancellationToken)
    {
        foreach (var (name, strengths) in settings.OtherStrengths)
        {
            await AddAsync($"{WithPredictor} {name}", await PredictingAsync(Edge, strengths, cancellationToken), settings, cancellationToken);
        }

        foreach (var (name, options) in Ablations.Of(whole))
        {
            await AddAsync($"{WithPredictor} {name}", options, settings, cancellationToken);
        }
    }

    private async Task AddAsync(string name, EdgeAndCloudOptions options, LatencySettings settings, CancellationToken cancellationToken) =>
        systems.Add(await EdgeAndCloud.StartAsync(name, Edge, Cloud, Link(settings), options, cancellationToken));

    private async Task<EdgeAndCloudOptions> PredictingAsync(DrawingSettings drafting, StrengthFolders strengths, CancellationToken cancellationToken)
    {
        var edge = await strengths.LoadEdgeAsync(drafting.Model, cancellationToken);
        var cloud = await strengths.TryLoadCloudAsync(cancellationToken);
        models.AddRange(new[] { edge, cloud }.OfType<IDisposable>());
        return new EdgeAndCloudOptions { EdgeStrength = edge, DraftStrength = cloud };
    }
}
