using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Refining;

/// <summary>Opens edge sessions as a host's options say: which model drafts, and where its drafts are refined.</summary>
internal sealed class EdgeSessionFactory(
    IOptions<DiffusionXOptions> options, HostedModels models, CloudLinkSource links, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<string, IStrengthPredictor> strengths = new(StringComparer.Ordinal);
    private (bool IsLoaded, IStrengthPredictor? Predictor) draftStrength;

    /// <summary>Whether drafts can be refined by more than the model that drew them.</summary>
    public bool HasCloud => options.Value.Cloud is not null;

    /// <summary>The name of the model that draws the previews of a session.</summary>
    public string ModelOf(SessionSettings settings) => settings.Model ?? options.Value.SessionModel;

    /// <summary>Opens a session, from its file where it has one.</summary>
    /// <param name="settings">How it draws.</param>
    /// <param name="file">The file that it was saved in; null, or a file that is not there, begins it anew.</param>
    /// <param name="previews">How many looks at a picture while it is drawn are wanted.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public async Task<EdgeSession> OpenAsync(SessionSettings settings, string? file, int previews, CancellationToken cancellationToken)
    {
        var (edge, link, session) = await PrepareAsync(settings, previews, cancellationToken).ConfigureAwait(false);
        return file is not null && File.Exists(file)
            ? await EdgeSession.ReopenAsync(file, edge, link, session, cancellationToken).ConfigureAwait(false)
            : await EdgeSession.OpenAsync(edge, link, session, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a session that is open again, with other settings; the one that was open is closed.</summary>
    public async Task<EdgeSession> ReopenAsync(EdgeSession open, SessionSettings settings, int previews, CancellationToken cancellationToken)
    {
        var (edge, link, session) = await PrepareAsync(settings, previews, cancellationToken).ConfigureAwait(false);
        return await open.ReopenAsync(edge, link, session, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var predictor in strengths.Values.Append(draftStrength.Predictor).OfType<IDisposable>())
        {
            predictor.Dispose();
        }

        gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(DiffusionModel Edge, ITransport Link, EdgeSessionOptions Options)> PrepareAsync(SessionSettings settings, int previews, CancellationToken cancellationToken)
    {
        var edge = await models.GetAsync(ModelOf(settings), cancellationToken).ConfigureAwait(false);
        var link = await links.GetAsync(options.Value.Cloud, settings, cancellationToken).ConfigureAwait(false);
        var cloudDefaults = options.Value.Cloud?.Model is { } name ? (await models.GetAsync(name, cancellationToken).ConfigureAwait(false)).Defaults : edge.Defaults;
        var drawing = Options(settings, edge, cloudDefaults, previews);
        var prepared = drawing with
        {
            Strength = await StrengthAsync(edge, cancellationToken).ConfigureAwait(false),
            Refinement = drawing.Refinement with { DraftStrength = await DraftStrengthAsync(cancellationToken).ConfigureAwait(false) },
        };
        return (edge.Model, link, prepared);
    }

    private EdgeSessionOptions Options(SessionSettings settings, HostedModel edge, GenerationDefaults cloudDefaults, int previews) => new()
    {
        ConnectsAhead = settings.Cloud != SessionSettings.NoCloud && (settings.Cloud is not null || options.Value.Cloud is not null),
        Seed = settings.Seed ?? Random.Shared.Next(),
        Steps = settings.Steps ?? edge.Defaults.Steps,
        Width = settings.Width,
        Height = settings.Height,
        NegativePrompt = settings.NegativePrompt,
        GuidanceScale = settings.GuidanceScale ?? edge.Defaults.GuidanceScale,
        Scheduler = edge.Defaults.Scheduler,
        PreviewEvery = PreviewEvery(settings.Steps ?? edge.Defaults.Steps, previews),
        Refinement = Refinement(settings, cloudDefaults, previews),
        // The host's secret is for the host's cloud, and for no address that a client names.
        Token = settings.Cloud is null && options.Value.Cloud is { } cloud ? SecretFile.ReadToken(cloud.Token, cloud.TokenFile) : null,
        PromptsInTelemetry = options.Value.PromptsInTelemetry,
        TimeProvider = time,
        Logs = logs,
    };

    private RefinementOptions Refinement(SessionSettings settings, GenerationDefaults defaults, int previews)
    {
        var refinement = new RefinementOptions
        {
            Steps = defaults.Steps,
            GuidanceScale = settings.GuidanceScale ?? defaults.GuidanceScale,
            PreviewEvery = PreviewEvery(defaults.Steps, previews),
        };
        return options.Value.Cloud switch
        {
            null => refinement,
            // Nobody listens, and nobody is waited for.
            { Strength: var strength } when settings.Cloud == SessionSettings.NoCloud => refinement with { Strength = strength, IdleTimeout = TimeSpan.FromMilliseconds(1) },
            var cloud => refinement with { Strength = cloud.Strength, Deadline = cloud.Deadline, IdleTimeout = cloud.IdleTimeout, FallBackToEdge = cloud.FallBackToEdge },
        };
    }

    // Half of the schedule's steps may be left out.
    private static int PreviewEvery(int steps, int previews) => previews == 0 ? 0 : Math.Max(1, steps / 2 / (previews + 1));

    private async Task<IStrengthPredictor> StrengthAsync(HostedModel edge, CancellationToken cancellationToken)
    {
        if (options.Value.Sessions.StrengthFolder is not { } folder)
        {
            return new EmbeddingDistanceStrength();
        }

        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!strengths.TryGetValue(edge.Name, out var predictor))
            {
                predictor = await EdgeStrengthPredictor.LoadAsync(folder, edge.Model, cancellationToken).ConfigureAwait(false);
                strengths[edge.Name] = predictor;
            }

            return predictor;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<IStrengthPredictor?> DraftStrengthAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Cloud?.LoadDraftStrength is not { } load)
        {
            return null;
        }

        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!draftStrength.IsLoaded)
            {
                draftStrength = (true, await load(cancellationToken).ConfigureAwait(false));
            }

            return draftStrength.Predictor;
        }
        finally
        {
            gate.Release();
        }
    }
}
