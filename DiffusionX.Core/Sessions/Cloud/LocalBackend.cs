using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>The model of this process: computes as many requests at once as pay.</summary>
internal sealed class LocalBackend : IRefinementBackend
{
    private readonly DiffusionModel model;
    private readonly CloudRefinerOptions options;
    private readonly LoraCatalogue loras;
    private readonly RequestLimits limits;
    private readonly Welcome welcome;
    private readonly ILogger log;

    private LocalBackend(DiffusionModel model, CloudRefinerOptions options, LoraCatalogue loras, ModelFingerprints fingerprints, ILogger log)
    {
        this.model = model;
        this.options = options;
        this.loras = loras;
        this.log = log;
        var drafts = new DraftLimits(fingerprints.Vae, model.LatentChannels, model.PixelsPerLatent, options.MaxPixels);
        limits = new RequestLimits(options.Limits, drafts, loras.Hashes, fingerprints.NoiseSchedule);
        welcome = new Welcome
        {
            VaeFingerprint = fingerprints.Vae,
            ScheduleFingerprint = fingerprints.NoiseSchedule,
            Solver = (options.Scheduler ?? model.DefaultScheduler).ToString(),
            Server = options.Name,
            TakesMasks = true,
            TakesLoras = true,
            TakesPromptSyntax = true,
            Limits = options.Limits,
        };
    }

    /// <summary>
    /// Waits for the model's first <see cref="DiffusionModel.FingerprintAsync"/> and for how many pictures at once pay, and looks at the
    /// LoRAs.
    /// </summary>
    /// <exception cref="Checkpoints.CheckpointException">A LoRA of the options can't be read, or was made for another model.</exception>
    public static async Task<LocalBackend> OpenAsync(
        DiffusionModel model, CloudRefinerOptions options, ILogger log, CancellationToken cancellationToken)
    {
        var fingerprints = await model.FingerprintAsync(cancellationToken).ConfigureAwait(false);
        await model.MeasureBatchesAsync(cancellationToken).ConfigureAwait(false);
        var loras = await LoraCatalogue.OpenAsync(model, options.Loras, cancellationToken).ConfigureAwait(false);
        return new LocalBackend(model, options, loras, fingerprints, log);
    }

    /// <summary>What every client is told.</summary>
    public Welcome Welcome => welcome;

    /// <summary>The hashes of the LoRAs that requests may name.</summary>
    public IReadOnlyCollection<string> LoraHashes => loras.Hashes;

    public int Places => model.MaxBatch;

    public int PlacesOfNewcomers => model.MaxNewcomers;

    public int FirstPlace => 0;

    public HandshakeReply Greet(Hello client) => welcome;

    public string? FindFault(Refine request, Hello client) => limits.FindFault(request, client);

    public Task<(RequestMessage Outcome, TimeSpan Compute)> RunAsync(RefinementJob job, RequestDispatcher dispatcher)
    {
        var work = new RefinementWork
        {
            Request = job.Request,
            Owner = job.Origin,
            Queued = options.TimeProvider.GetElapsedTime(job.Arrived),
            Tell = message => dispatcher.Tell(job, message),
            TimeLeft = () => dispatcher.TimeLeft(job),
            Stopping = job.Stopping,
        };
        return RunAsync(work);
    }

    /// <summary>Computes a request, whoever it came from; never fails itself.</summary>
    public Task<(RequestMessage Outcome, TimeSpan Compute)> RunAsync(RefinementWork work) =>
        new RefinementExecutor(model, options, loras, work, log).RunAsync();
}
