using DiffusionX.Imaging;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Pipeline;

/// <summary>What to draw, and how. Settings are checked when a run is asked for, before anything is computed.</summary>
public sealed record GenerationRequest
{
    /// <summary>The largest height or width, in pixels.</summary>
    public const int MaxSide = 8192;

    /// <summary>The most steps of a schedule, as many as Stable Diffusion was trained with.</summary>
    public const int MaxSteps = 1000;

    /// <summary>The largest guidance scale; usual are 1 (no guidance) to 15.</summary>
    public const double MaxGuidanceScale = 1000;

    /// <summary>The most pictures in one run.</summary>
    public const int MaxImages = 64;

    /// <summary>What the picture should show. Read as plain words, the text encoder takes its first 75 tokens or so.</summary>
    public required string Prompt { get; init; }

    /// <summary>What the picture should not show; used with guidance only.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>How both prompts are read: as plain words, or with weights and in as many chunks as they are long.</summary>
    public PromptSyntax PromptSyntax { get; init; }

    /// <summary>
    /// How much further than the model goes by itself to go towards the prompt (Ho and Salimans, "Classifier-Free Diffusion Guidance",
    /// 2022). Above 1 each step computes the UNet for the negative prompt too; at 1 or below there is no guidance. A model that was
    /// distilled with guidance (a latent consistency model's <c>time_cond_proj_dim</c>) is told the scale, and computes no negative prompt.
    /// </summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>
    /// The seed of the first picture's noise; the following ones have the following seeds. One seed gives one picture, in every batch.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>
    /// Height in pixels, a multiple of the VAE's factor (8). Null takes the start's, or else what the model was trained at.
    /// </summary>
    public int? Height { get; init; }

    /// <summary>
    /// Width in pixels, a multiple of the VAE's factor (8). Null takes the start's, or else what the model was trained at.
    /// </summary>
    public int? Width { get; init; }

    /// <summary>Steps of the whole schedule, at least 1. Image-to-image runs the last ⌊Steps·Strength⌋ of them.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>How many pictures to draw at once, 1 to <see cref="MaxImages"/>.</summary>
    public int ImageCount { get; init; } = 1;

    /// <summary>The solver; null takes DPM-Solver++ 2M, or LCM or TCD for a model that was distilled for it.</summary>
    public SchedulerKind? Scheduler { get; init; }

    /// <summary>
    /// The LoRAs of this run, in place of the model's own; null for those. They are merged before the run, and stay until a run asks for
    /// others: a run with the same ones as the run before loses no time.
    /// </summary>
    public IReadOnlyList<LoraSelection>? Loras { get; init; }

    /// <summary>Image-to-image: the picture to start from. It is scaled to <see cref="Width"/> × <see cref="Height"/> where those are given.</summary>
    public Picture? InitImage { get; init; }

    /// <summary>Image-to-image: the latent to start from, which spares encoding a picture and loses nothing.</summary>
    public Latent? InitLatent { get; init; }

    /// <summary>
    /// Inpainting: what of the start is redrawn; the rest stays. It is scaled to the picture as the nearest pixels lie. Null redraws all. A
    /// UNet of the latent's channels alone keeps the rest of a start latent bit for bit; one that was made for inpainting is shown the
    /// rest, and draws it again as it saw it. At a <see cref="Strength"/> of 1 what is redrawn starts from nothing but noise.
    /// </summary>
    public Mask? InitMask { get; init; }

    /// <summary>
    /// The partial denoising to continue, from <see cref="DiffusionModel.DenoisePartiallyAsync"/>, in place of a start: no noise is added.
    /// <see cref="Steps"/> and <see cref="Scheduler"/> have to be the same as there.
    /// </summary>
    public PartialDenoising? ContinueFrom { get; init; }

    /// <summary>
    /// Image-to-image: how much noise to put on the start, from 0 (one step, almost the start itself) to 1 (little but noise). Ignored
    /// without a start.
    /// </summary>
    public double Strength { get; init; } = 0.75;

    /// <summary>
    /// The noise levels at which there is guidance; null for all. Outside of the interval a step computes the UNet for the prompt alone,
    /// which is half the work.
    /// </summary>
    public GuidanceInterval? GuidanceInterval { get; init; }

    /// <summary>
    /// Which steps are left out, of those that <see cref="Strength"/> leaves. PNDM, Heun, LCM and TCD can do without none, and refuse.
    /// </summary>
    public SkipStepSchedule SkipSteps { get; init; } = SkipStepSchedule.None;

    /// <summary>
    /// What Stable Diffusion XL is told of the picture's size; null for what is drawn, with nothing cut off. Other models refuse it.
    /// </summary>
    public SizeConditioning? SizeConditioning { get; init; }

    /// <summary>How often the deep part of the UNet is reused instead of computed; null for never.</summary>
    public DeepCacheOptions? DeepCache { get; init; }

    /// <summary>
    /// Whether the pictures themselves are decoded by the decoder of previews, where the model was loaded with one
    /// (<see cref="DiffusionModelOptions.PreviewDecoderFolder"/>): a fraction of the VAE's time, for a picture that is nearly the same. The
    /// latents are the same.
    /// </summary>
    public bool UsesPreviewDecoder { get; init; }

    /// <summary>After every how many steps the progress carries a small picture of where the run is heading; 0 for none.</summary>
    public int PreviewEvery { get; init; }

    /// <summary>Where another process came with this same request, to go on from; null for its start.</summary>
    internal SavedDenoising? Resume { get; init; }

    /// <summary>The LoRAs that both prompts name, in the syntax that has them. None is applied by that alone.</summary>
    /// <exception cref="PromptException">A prompt can't be read.</exception>
    public IReadOnlyList<LoraTag> NamedLoras() =>
        [.. WeightedPrompt.Parse(Prompt, PromptSyntax).Loras, .. WeightedPrompt.Parse(NegativePrompt, PromptSyntax).Loras];

    /// <summary>
    /// How the prompts are read, a sentence each for who wrote them, and none for prompts of words alone: the weights of words, and what
    /// belongs to the syntax of other programs and is read as plain words here.
    /// </summary>
    /// <exception cref="PromptException">A prompt can't be read.</exception>
    public IReadOnlyList<string> DescribeSyntax() => [.. new[] { Prompt, NegativePrompt }.SelectMany(DescribeSyntax).OfType<string>()];

    private IEnumerable<string?> DescribeSyntax(string prompt)
    {
        if (PromptSyntax == PromptSyntax.Plain)
        {
            return [WeightedPrompt.DescribeUnread(prompt)];
        }

        var parsed = WeightedPrompt.Parse(prompt, PromptSyntax);
        return [parsed.DescribeWeights(), .. parsed.Notes];
    }

    /// <summary>
    /// Outpainting: the same request with its start picture on a larger canvas, and a mask by which what is new is drawn, besides what its
    /// own mask says.
    /// </summary>
    /// <param name="left">Pixels that are added at the left, at least 0. Multiples of 8 keep the whole of the picture.</param>
    /// <param name="top">Pixels above.</param>
    /// <param name="right">Pixels at the right.</param>
    /// <param name="bottom">Pixels below.</param>
    /// <exception cref="GenerationException">There is no start picture.</exception>
    /// <exception cref="ArgumentException">A number is negative, or a side becomes longer than <see cref="Picture.MaxSide"/>.</exception>
    public GenerationRequest Outpaint(int left, int top, int right, int bottom)
    {
        var picture = InitImage ?? throw new GenerationException($"There is nothing to outpaint. Give {nameof(InitImage)}.");
        var mask = InitMask?.Resize(picture.Width, picture.Height) ?? Mask.Empty(picture.Width, picture.Height);
        return this with { InitImage = picture.Extend(left, top, right, bottom), InitMask = mask.Extend(left, top, right, bottom) };
    }
}
