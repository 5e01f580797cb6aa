using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;

namespace DiffusionX.Pipeline;

/// <summary>
/// A text-to-image model: loaded from a folder in diffusers' layout or from a single file, it draws pictures from prompts, pictures and
/// latents. Safe for several threads; what runs at the same time shares its steps, on a compute thread of the model's own.
/// </summary>
public sealed class DiffusionModel : IDisposable
{
    private readonly ComputeThread compute;
    private readonly PipelineComponents parts;
    private readonly BatchEngine engine;
    private ModelFingerprints? fingerprints;

    private DiffusionModel(ComputeThread compute, PipelineComponents parts, DiffusionModelOptions options)
    {
        this.compute = compute;
        this.parts = parts;
        Loras = [.. options.Loras];
        engine = new BatchEngine(compute, parts, options, () => Loras);
    }

    /// <summary>The device that the model is on.</summary>
    public string Device => parts.Device.ToString();

    /// <summary>
    /// The solver that the checkpoint's own scheduler config names. Runs use DPM-Solver++ 2M unless the request says otherwise.
    /// </summary>
    public SchedulerKind CheckpointScheduler => parts.Scheduler.Kind;

    /// <summary>
    /// The solver of runs whose request names none: DPM-Solver++ 2M, or LCM or TCD for a model that was distilled for it.
    /// </summary>
    public SchedulerKind DefaultScheduler => CheckpointScheduler.IsDistilled() ? CheckpointScheduler : SchedulerKind.DpmSolverPlusPlus2M;

    /// <summary>What a program should tell its user of the checkpoint, once: that it names a solver that is not built here, say.</summary>
    public IReadOnlyList<string> Notes => parts.Scheduler.Config.Note is { } note ? [note] : [];

    /// <summary>
    /// The LoRAs that are merged into its weights, unless a request names others for its own run (<see cref="GenerationRequest.Loras"/>).
    /// </summary>
    public IReadOnlyList<LoraSelection> Loras { get; private set; }

    /// <summary>How many pixels a latent position is wide: sizes have to be multiples of it.</summary>
    public int PixelsPerLatent => parts.Codec.Config.PixelsPerLatent;

    /// <summary>The type that its UNet computes in: what <see cref="Precision.Auto"/> has become on this machine.</summary>
    internal string ComputedIn => parts.DenoisingLoop.Precision.ToString();

    /// <summary>Channels of its latents, 4 for Stable Diffusion.</summary>
    public int LatentChannels => parts.Codec.Config.LatentChannels;

    /// <summary>The height and width, in pixels, that the model was trained at.</summary>
    public int NativeSize => parts.UNet.Config.SampleSize * PixelsPerLatent;

    /// <summary>
    /// The most pictures of its own size that are computed at once. Where <see cref="DiffusionModelOptions.MaxBatch"/> leaves that to be
    /// measured, 1 until it was.
    /// </summary>
    public int MaxBatch => engine.MaxBatch;

    /// <summary>
    /// How many more pictures of its own size it would begin with at once, besides those that are drawn or wait: 0 to
    /// <see cref="MaxBatch"/>.
    /// </summary>
    public int FreePlaces => engine.FreePlaces;

    /// <summary>Loads a model, on its own compute thread.</summary>
    /// <param name="path">
    /// A folder in diffusers' layout: model_index.json, unet/, vae/, text_encoder/, tokenizer/, scheduler/. Or a single .safetensors file,
    /// as model sites publish Stable Diffusion 1.x, 2.x and XL; nothing of it is converted on disk. It holds no tokenizer: that lies beside
    /// it, or the options name it.
    /// </param>
    /// <param name="options">Where and how; null for a CPU and float32.</param>
    /// <param name="progress">Told which component is being loaded, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops the loading within one tensor.</param>
    /// <exception cref="Checkpoints.ModelConfigException">The folder holds no model, or one that is not supported.</exception>
    /// <exception cref="Checkpoints.CheckpointException">A file of weights is missing, damaged, or does not fit its config.</exception>
    /// <exception cref="Tokenizers.TokenizerException">The tokenizer's files are missing or damaged.</exception>
    /// <exception cref="SchedulerException">The scheduler's config asks for something that is not built here.</exception>
    /// <exception cref="GenerationException">An option is out of range.</exception>
    /// <exception cref="TorchUnavailableException">libtorch, or the device, is not there.</exception>
    /// <exception cref="DeviceMemoryException">The device has not enough memory.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<DiffusionModel> LoadAsync(
        string path, DiffusionModelOptions? options = null, IProgress<LoadingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new DiffusionModelOptions();
        var compute = new ComputeThread($"DiffusionX {Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}");
        try
        {
            var parts = await compute.RunAsync(
                () => new DiffusionModelLoader(DiffusionModelLoader.Open(path, options), options, progress, cancellationToken).Load(), cancellationToken).ConfigureAwait(false);
            compute.ProcessorThreads = options.Threads ?? ThreadCountHeuristic.Of(parts.UNet.Config, available: TorchRuntime.ProcessorThreads);
            return new DiffusionModel(compute, parts, options);
        }
        catch
        {
            compute.Dispose();
            throw;
        }
    }

    /// <summary>Draws pictures. Runs that are asked for at the same time take their steps together, where they fit together.</summary>
    /// <param name="request">What, and how.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <exception cref="GenerationException">A setting can't be met, or the run gave no picture.</exception>
    /// <exception cref="CheckpointException">A LoRA that the request names can't be read, or was made for another model.</exception>
    /// <exception cref="SchedulerException">The steps or the strength are out of range.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<GenerationResult> GenerateAsync(
        GenerationRequest request, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        GenerateAsync(request, progress, timeLeft: null, owner: null, cancellationToken);

    /// <summary>
    /// Redraws one start at several strengths side by side, which takes less time than one after another. They share their noise.
    /// </summary>
    /// <param name="request">What, and how, from a start picture or latent; its own strength is not used. The solver has to be DPM-Solver++
    /// 2M, UniPC, Euler or DDIM.</param>
    /// <param name="strengths">The strengths, each from 0 to 1.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>For each strength its pictures.</returns>
    /// <exception cref="GenerationException">There is no start, or another setting can't be met.</exception>
    /// <exception cref="SchedulerException">The steps or a strength are out of range, or the solver can't run side by side.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> SweepStrengthsAsync(
        GenerationRequest request, IReadOnlyList<double> strengths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SweepAsync(request, starts: null, strengths, cancellationToken);
    }

    /// <summary>Redraws several starts at several strengths, all side by side.</summary>
    /// <param name="request">What, and how; it has no start of its own, and gives one picture of each of these. Pictures have the seeds
    /// that follow each other from its own.</param>
    /// <param name="starts">1 to <see cref="GenerationRequest.MaxImages"/> latents of one size.</param>
    /// <param name="strengths">The strengths, each from 0 to 1.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <returns>For each strength a picture of each start.</returns>
    /// <exception cref="GenerationException">There are no starts or too many, their sizes differ, or another setting can't be
    /// met.</exception>
    /// <exception cref="SchedulerException">The steps or a strength are out of range, or the solver can't run side by side.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> SweepStrengthsAsync(
        GenerationRequest request, IReadOnlyList<Latent> starts, IReadOnlyList<double> strengths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(starts);
        if (starts.Any(start => !start.HasSizeOf(starts[0])))
        {
            throw new GenerationException("Starts of different sizes can't be redrawn side by side.");
        }

        return SweepAsync(request with { ImageCount = starts.Count, InitLatent = starts.Count > 0 ? starts[0] : null }, starts, strengths, cancellationToken);
    }

    /// <summary>
    /// Runs the first steps of a run, and leaves the others to another model, which goes on with them by
    /// <see cref="GenerationRequest.ContinueFrom"/>.
    /// </summary>
    /// <param name="request">What, and how: one picture, with a solver other than PNDM, Heun, LCM and TCD.</param>
    /// <param name="steps">How many of the run's steps to take, from 1 to one less than all.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <exception cref="GenerationException">A setting can't be met, or the run has not that many steps.</exception>
    /// <exception cref="SchedulerException">The steps or the strength are out of range, or the solver can't be stopped on the
    /// way.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<PartialDenoising> DenoisePartiallyAsync(
        GenerationRequest request, int steps, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = GenerationPlan.Check(request, Solver(request.Scheduler), parts.Codec.Config, parts.UNet.Config).StopEarly(steps);
        return BeginAsync(plan, progress, cancellationToken);
    }

    /// <summary>
    /// The same, with the end said as diffusers' <c>denoising_end</c>: of 1000 training timesteps the run takes those that are not below
    /// round(1000 − end·1000), and leaves the others to the other model, which needs no <c>denoising_start</c>.
    /// </summary>
    /// <param name="request">What, and how: one picture, with a solver that can be stopped.</param>
    /// <param name="denoisingEnd">The fraction of the way, above 0 and below 1.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    /// <exception cref="GenerationException">A setting can't be met, or one of both models is left without a step.</exception>
    /// <exception cref="SchedulerException">The steps or the strength are out of range, or the solver can't be stopped on the
    /// way.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<PartialDenoising> DenoiseUntilAsync(
        GenerationRequest request, double denoisingEnd, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var solver = Solver(request.Scheduler);
        var plan = GenerationPlan.Check(request, solver, parts.Codec.Config, parts.UNet.Config).StopEarly(denoisingEnd, solver);
        return BeginAsync(plan, progress, cancellationToken);
    }

    /// <summary>
    /// The text encoder's one vector for a whole prompt, by which prompts can be compared; with Stable Diffusion XL the projection of its
    /// second text encoder. The latest prompts' are kept.
    /// </summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    public Task<ReadOnlyMemory<float>> EmbedPromptAsync(string prompt, CancellationToken cancellationToken = default) =>
        EmbedPromptAsync(prompt, loras: null, cancellationToken);

    /// <summary>The picture of a latent.</summary>
    /// <param name="latent">A latent of this model's VAE.</param>
    /// <param name="cancellationToken">Takes the call back before it starts, or stops it within about a second.</param>
    /// <exception cref="GenerationException">The latent has another number of channels, or gives no picture.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    public Task<Picture> DecodeAsync(Latent latent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(latent);
        GenerationPlan.CheckChannels(latent, parts.Codec.Config);
        return compute.RunAsync(() => PictureTensors.ToPictures(parts.Codec.Decode(latent.ToTensor(), cancellationToken))[0], cancellationToken);
    }

    /// <summary>The latent of a picture: the mean of the VAE's posterior, without noise.</summary>
    /// <param name="picture">Its sides are multiples of <see cref="PixelsPerLatent"/>.</param>
    /// <param name="cancellationToken">Takes the call back before it starts, or stops it within about a second.</param>
    /// <exception cref="GenerationException">A side is no such multiple.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory; the model goes on.</exception>
    public Task<Latent> EncodeAsync(Picture picture, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        GenerationPlan.CheckSides(picture.Width, picture.Height, PixelsPerLatent);
        return compute.RunAsync(() => Latent.FromBatch(parts.Codec.EncodeMean(picture.ToTensor(PixelRange.MinusOneToOne), cancellationToken))[0], cancellationToken);
    }

    /// <summary>
    /// Merges these LoRAs into the model's weights and takes out all others, when the runs before have ended. Only the weights that change
    /// are computed anew, from the model's own files: without LoRAs the model is bit for bit what it was.
    /// </summary>
    /// <param name="loras">The LoRAs, each with its strength; none for the model as it is.</param>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    /// <exception cref="CheckpointException">A LoRA can't be read, is of a kind that is not supported, or was made for another model; then
    /// the model stays as it was.</exception>
    /// <exception cref="DeviceMemoryException">The device ran out of memory.</exception>
    public Task SetLorasAsync(IReadOnlyList<LoraSelection> loras, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loras);
        LoraSelection[] wanted = [.. loras];
        return engine.BetweenRunsAsync(
            () =>
            {
                parts.MergeLoras(wanted);
                fingerprints = null;
                Loras = wanted;
            },
            cancellationToken);
    }

    /// <summary>
    /// What identifies the parts of the model that others can share. Computed once, which takes about a second for Stable Diffusion, and
    /// kept.
    /// </summary>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    public Task<ModelFingerprints> FingerprintAsync(CancellationToken cancellationToken = default) => WithLorasAsync(
        loras: null, () => fingerprints ??= new ModelFingerprints(parts.Codec.Fingerprint(), parts.Prompts.Fingerprint(), ModelFingerprints.Of(parts.Scheduler.Config)),
        cancellationToken);

    /// <summary>What identifies the UNet, which no two models share: 64 hexadecimal digits. Takes seconds for Stable Diffusion.</summary>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    public Task<string> FingerprintUNetAsync(CancellationToken cancellationToken = default) =>
        WithLorasAsync(loras: null, () => WeightFingerprint.Of(parts.UNet), cancellationToken);

    /// <summary>Finishes the runs that were asked for, then frees the model.</summary>
    public void Dispose()
    {
        compute.Dispose();
        parts.Dispose();
    }

    /// <summary>The same, for a run that has to be done in time: it goes before others where it would be late, and they would not.</summary>
    /// <param name="request">What, and how.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="timeLeft">How long it may take; null for as long as it does. It is not stopped when the time is up.</param>
    /// <param name="owner">Whose it is: owners share the time, however much each asks for. Null for the one that all others have.</param>
    /// <param name="cancellationToken">Stops the run within one step.</param>
    internal Task<GenerationResult> GenerateAsync(
        GenerationRequest request, IProgress<GenerationProgress>? progress, TimeSpan? timeLeft, object? owner, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = GenerationPlan.Check(request, Solver(request.Scheduler), parts.Codec.Config, parts.UNet.Config);
        var run = new GenerationRun(parts, plan, progress, cancellationToken);
        return engine.RunAsync(run, run.ToResult, request.Loras, timeLeft, owner);
    }

    /// <summary>How many more runs begin, each the first of its owner, where others of one owner have taken <see cref="MaxBatch"/>.</summary>
    internal int MaxNewcomers => engine.MaxNewcomers;

    /// <summary>Finds out how many pictures at once pay, unless that is known.</summary>
    internal Task MeasureBatchesAsync(CancellationToken cancellationToken) => compute.RunAsync(engine.Tune, cancellationToken);

    /// <summary>Runs tensor work of another part on the model's compute thread.</summary>
    internal Task<T> ComputeAsync<T>(Func<T> work, CancellationToken cancellationToken) => compute.RunAsync(work, cancellationToken);

    /// <summary>The text encoder's vector for a prompt, with the LoRAs of a run; null for the model's own.</summary>
    internal Task<ReadOnlyMemory<float>> EmbedPromptAsync(
        string prompt, IReadOnlyList<LoraSelection>? loras, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return WithLorasAsync(loras, () => new ReadOnlyMemory<float>(parts.Prompts.Pool(prompt)), cancellationToken);
    }

    /// <summary>Finds out whether a LoRA fits the model, and changes nothing.</summary>
    /// <exception cref="CheckpointException">It can't be read, or was made for another model.</exception>
    internal Task CheckLoraAsync(string path, CancellationToken cancellationToken) =>
        compute.RunAsync(() => parts.CheckLora(path), cancellationToken);

    /// <summary>Whether a solver can leave out steps, as <see cref="GenerationRequest.SkipSteps"/> asks for.</summary>
    /// <param name="solver">Null for <see cref="DefaultScheduler"/>.</param>
    internal bool CanSkipSteps(SchedulerKind? solver) => Solver(solver).Plan(steps: 1).TakesUnevenSteps;

    private Task<PartialDenoising> BeginAsync(GenerationPlan plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var run = new GenerationRun(parts, plan, progress, cancellationToken);
        return engine.RunAsync(run, run.ToPartial, plan.Request.Loras);
    }

    // Whoever ran before may have left other LoRAs in the weights.
    private Task<T> WithLorasAsync<T>(IReadOnlyList<LoraSelection>? loras, Func<T> run, CancellationToken cancellationToken) =>
        compute.RunAsync(
            () =>
            {
                parts.UseLoras(loras ?? Loras);
                return run();
            },
            cancellationToken);

    private Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> SweepAsync(
        GenerationRequest request, IReadOnlyList<Latent>? starts, IReadOnlyList<double> strengths, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(strengths);
        ArgumentOutOfRangeException.ThrowIfZero(strengths.Count, nameof(strengths));
        var solver = Solver(request.Scheduler);
        GenerationPlan[] plans = [.. strengths.Select(strength =>
            GenerationPlan.Check(request with { Strength = strength }, solver, parts.Codec.Config, parts.UNet.Config).CheckSideBySide())];
        return WithLorasAsync(request.Loras, () => new StrengthSweep(parts, request, starts, plans, cancellationToken).Execute(), cancellationToken);
    }

    private Scheduler Solver(SchedulerKind? wanted)
    {
        var own = parts.Scheduler;
        var kind = wanted ?? DefaultScheduler;
        return kind == own.Kind ? own : own.As(kind);
    }
}
