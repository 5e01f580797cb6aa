using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Refining;

/// <summary>
/// The refiner that a host is for others, where its options ask for one. It begins to listen when its model is loaded; when the host
/// stops it takes on nothing new and
/// finishes what it has taken on.
/// </summary>
public sealed class HostedRefiner : IHostedService, IAsyncDisposable
{
    private readonly DiffusionXOptions options;
    private readonly HostedModels models;
    private readonly ILoggerFactory logs;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private IDisposable? strength;
    private Task<CloudRefiner>? starting;
    private Task? draining;

    /// <param name="options">Whether there is one, and how it refines.</param>
    /// <param name="models">Where its model comes from.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Where it logs to.</param>
    public HostedRefiner(IOptions<DiffusionXOptions> options, HostedModels models, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options.Value;
        this.models = models;
        this.time = time;
        this.logs = logs;
    }

    /// <summary>Whether the host is a refiner at all.</summary>
    public bool IsEnabled => options.Refiner is not null;

    /// <summary>How it is doing; null until it listens.</summary>
    public CloudRefinerState? State => starting is { IsCompletedSuccessfully: true } started ? started.Result.State : null;

    /// <summary>Why it could not begin to listen; null while that has not failed.</summary>
    public Exception? Failure => starting?.Exception?.InnerException;

    /// <summary>Waits until it listens.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where it listens.</returns>
    /// <exception cref="DiffusionXException">The model can't be loaded, or the address can't be listened at.</exception>
    public async Task<string> WaitUntilListeningAsync(CancellationToken cancellationToken = default)
    {
        var refiner = await (starting ?? throw new InvalidOperationException("The host has not been started, or its options have no refiner.")).WaitAsync(cancellationToken).ConfigureAwait(false);
        return refiner.Address;
    }

    /// <summary>Takes on nothing new, and finishes what was taken on, but for what would take longer than the options' DrainTimeout.</summary>
    /// <param name="cancellationToken">Ends the patience: what is left is given up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled before all was finished.</exception>
    public Task DrainAsync(CancellationToken cancellationToken = default) =>
        draining ??= starting is { IsCompletedSuccessfully: true } started ? started.Result.DrainAsync(options.Refiner!.DrainTimeout, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Refiner is { } refiner)
        {
            // What is wrong with the certificate or the token is known before the model is loaded.
            var link = new TcpTransport(refiner.ToTransportOptions(), logs.CreateLogger<TcpTransport>());
            var token = SecretFile.ReadToken(refiner.Token, refiner.TokenFile);
            starting = Task.Run(() => ListenAsync(refiner, link, token, stopping.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        if (starting is null)
        {
            return;
        }

        await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(options.Refiner!.DrainTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await DrainAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Shuts down now, what is left included.</summary>
    public async ValueTask DisposeAsync()
    {
        if (starting is { IsCompletedSuccessfully: true } started)
        {
            await started.Result.DisposeAsync().ConfigureAwait(false);
        }

        strength?.Dispose();
        stopping.Dispose();
    }

    private async Task<CloudRefiner> ListenAsync(RefinerOptions refiner, TcpTransport link, string? token, CancellationToken cancellationToken)
    {
        var model = await models.GetAsync(refiner.Model, cancellationToken).ConfigureAwait(false);
        var predictor = await LoadStrengthAsync(refiner, cancellationToken).ConfigureAwait(false);
        strength = predictor as IDisposable;
        return await CloudRefiner.StartAsync(model.Model, link, Options(refiner, model, token, predictor), cancellationToken).ConfigureAwait(false);
    }

    private CloudRefinerOptions Options(RefinerOptions refiner, HostedModel model, string? token, IStrengthPredictor predictor) => new()
    {
        Name = refiner.Name,
        Token = token,
        QueueCapacity = refiner.QueueCapacity,
        Strength = predictor,
        Loras = [.. refiner.Loras],
        Scheduler = model.Defaults.Scheduler,
        PromptsInTelemetry = options.PromptsInTelemetry,
        TimeProvider = time,
        Logs = logs,
    };

    private static async Task<IStrengthPredictor> LoadStrengthAsync(RefinerOptions refiner, CancellationToken cancellationToken)
    {
        var given = refiner.LoadStrength is { } load ? await load(cancellationToken).ConfigureAwait(false) : null;
        if (given is not null || refiner.StrengthFolder is not { } folder)
        {
            return given ?? new FixedStrength(refiner.Strength);
        }

        IDraftFeatures Features() => refiner.BertFolder is { } bert ? BertClipFeatures.Load(bert, refiner.ClipFolder!) : ClipScoreFeature.Load(refiner.ClipFolder!);
        return await CloudStrengthPredictor.LoadAsync(folder, Features, cancellationToken).ConfigureAwait(false);
    }
}
