using DiffusionX.Hosting.Configuration;
using DiffusionX.Pipeline;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Models;

/// <summary>
/// A host's models: loaded once each, one after another in the background from when the host starts, and disposed when it ends. Whoever
/// asks for one earlier waits for it.
/// </summary>
public sealed class HostedModels : IDisposable
{
    private readonly DiffusionXOptions options;
    private readonly string root;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Dictionary<string, TaskCompletionSource<HostedModel>> models;
    private int begun;

    /// <param name="options">Which models.</param>
    /// <param name="environment">Where relative paths start.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told what is loaded.</param>
    public HostedModels(IOptions<DiffusionXOptions> options, IHostEnvironment environment, TimeProvider time, ILogger<HostedModels> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environment);
        this.options = options.Value;
        root = Path.TrimEndingDirectorySeparator(environment.ContentRootPath);
        this.time = time;
        this.log = log;
        models = this.options.Models.Keys.ToDictionary(name => name, _ => new TaskCompletionSource<HostedModel>(TaskCreationOptions.RunContinuationsAsynchronously), StringComparer.Ordinal);
    }

    /// <summary>The names of all models.</summary>
    public IReadOnlyCollection<string> Names => models.Keys;

    /// <summary>Whether all models are loaded.</summary>
    public bool AreReady => models.Values.All(model => model.Task.IsCompletedSuccessfully);

    /// <summary>Why a model could not be loaded; null while none has failed.</summary>
    public Exception? Failure => models.Values.Select(model => model.Task.Exception?.InnerException).FirstOrDefault(error => error is not null);

    /// <summary>Whether a model is loaded.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ModelNotFoundException">There is no model of that name.</exception>
    public bool IsReady(string name) => Find(name).Task.IsCompletedSuccessfully;

    /// <summary>A model, as soon as it is loaded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait; the loading goes on.</param>
    /// <exception cref="ModelNotFoundException">There is no model of that name.</exception>
    /// <exception cref="DiffusionXException">It could not be loaded.</exception>
    public Task<HostedModel> GetAsync(string name, CancellationToken cancellationToken = default) => Find(name).Task.WaitAsync(cancellationToken);

    /// <summary>Disposes the models.</summary>
    public void Dispose()
    {
        foreach (var model in models.Values)
        {
            if (!model.TrySetException(new ObjectDisposedException(nameof(HostedModels))) && model.Task.IsCompletedSuccessfully)
            {
                model.Task.Result.Model.Dispose();
            }
        }
    }

    /// <summary>Loads all models, one after another, once.</summary>
    internal async Task LoadAsync(IProgress<LoadingProgress>? progress, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref begun, 1) == 1)
        {
            return;
        }

        foreach (var (name, model) in options.Models)
        {
            await LoadAsync(name, model, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LoadAsync(string name, ModelOptions model, IProgress<LoadingProgress>? progress, CancellationToken cancellationToken)
    {
        var source = models[name];
        try
        {
            var start = time.GetTimestamp();
            var path = PathOf(model);
            var loaded = await DiffusionModel.LoadAsync(path, model.ToModelOptions(), progress, cancellationToken).ConfigureAwait(false);
            if (!source.TrySetResult(new HostedModel(name, loaded, GenerationDefaults.Read(path)) { Loaded = time.GetUtcNow() }))
            {
                loaded.Dispose();
                return;
            }

            var seconds = time.GetElapsedTime(start).TotalSeconds;
            log.Loaded(name, loaded.Device, seconds);
            foreach (var note in loaded.Notes)
            {
                log.Note(name, note);
            }
        }
        catch (OperationCanceledException)
        {
            source.TrySetCanceled(cancellationToken);
        }
        catch (Exception error)
        {
            source.TrySetException(error);
            log.NotLoaded(name, error.Message);
        }
    }

    // As the user wrote it, where that is right: it stands in messages.
    private string PathOf(ModelOptions model) => root == Directory.GetCurrentDirectory() ? model.Path : Path.Combine(root, model.Path);

    private TaskCompletionSource<HostedModel> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return models.TryGetValue(name, out var model)
            ? model
            : throw new ModelNotFoundException($"There is no model '{name}' here. There {(models.Count == 1 ? "is" : "are")} {string.Join(", ", models.Keys)}.");
    }
}
