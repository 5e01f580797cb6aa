using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>The parts of one loaded model. All that computes runs on the model's compute thread.</summary>
/// <param name="Device">Where the parts are.</param>
/// <param name="UNet">The UNet.</param>
/// <param name="DenoisingLoop">The loop around the UNet.</param>
/// <param name="Codec">The VAE.</param>
/// <param name="Prompts">The tokenizers and text encoders.</param>
/// <param name="Preview">Quick looks at latents.</param>
/// <param name="Scheduler">The solver that the checkpoint names.</param>
internal sealed record PipelineComponents(
    Device Device, UNet2DConditionModel UNet, DenoisingLoop DenoisingLoop, LatentCodec Codec, PromptEncoder Prompts, LatentPreview Preview, Scheduler Scheduler) : IDisposable
{
    private LoraMerger? merger;

    // Null where a merging did not come to its end.
    private IReadOnlyList<LoraSelection>? merged = [];

    /// <summary>Whether memory is worth some time: what is free is given back between the parts of a run.</summary>
    public bool SparesMemory { get; init; }

    /// <summary>Opens the files of the weights that LoRAs change.</summary>
    public required Func<LoraMerger> OpenLoraMerger { get; init; }

    /// <summary>Sees to it that these LoRAs, and no others, are in the weights. Nothing is done where they are.</summary>
    /// <exception cref="CheckpointException">One can't be read, or was made for another model; the next run restores the weights.</exception>
    public void UseLoras(IReadOnlyList<LoraSelection> loras)
    {
        if (merged is null || !merged.SequenceEqual(loras))
        {
            MergeLoras(loras);
        }
    }

    /// <summary>Finds out whether a LoRA fits the model, and changes nothing.</summary>
    /// <exception cref="CheckpointException">It can't be read, or was made for another model.</exception>
    public void CheckLora(string path)
    {
        merger ??= OpenLoraMerger();
        using var file = LoraFile.Open(path);
        merger.Check(file);
    }

    /// <summary>Merges these LoRAs into the weights, read anew, and takes out all others.</summary>
    /// <exception cref="CheckpointException">One can't be read, or was made for another model; the next run restores the weights.</exception>
    public void MergeLoras(IReadOnlyList<LoraSelection> loras)
    {
        if (loras.Count == 0 && merger is null)
        {
            return;
        }

        merger ??= OpenLoraMerger();
        var opened = new List<WeightedLora>();
        try
        {
            merged = null;
            opened.AddRange(loras.Select(lora => new WeightedLora(LoraFile.Open(lora.Path), lora.Strength)));
            merger.Merge(opened);
            merged = [.. loras];
        }
        finally
        {
            Prompts.Forget();
            opened.ForEach(lora => lora.File.Dispose());
        }
    }

    /// <summary>What the UNet reads of a request's prompts, once for each picture.</summary>
    public TextContext ReadPrompts(GenerationPlan plan, int images)
    {
        using var scope = NewDisposeScope();
        var request = plan.Request;
        var (prompt, negative) = Prompts.Encode(
            request.Prompt, plan.Denoising.GuidanceScale > 1 ? request.NegativePrompt : null, request.PromptSyntax);
        var sizes = request.SizeConditioning ?? new SizeConditioning();
        return DenoisingLoop.Attend(prompt, negative, images, sizes.TimeIds(plan.Height, plan.Width), request.GuidanceScale);
    }

    /// <summary>The picture that a request starts from, [1, 3, H, W] in [-1, 1]; null where it starts from none.</summary>
    /// <param name="plan">The request, checked.</param>
    public static Tensor? ReadPicture(GenerationPlan plan) => plan.Request.InitImage?.Resize(plan.Width, plan.Height).ToTensor(PixelRange.MinusOneToOne);

    /// <summary>The pictures of runs' latents, by the decoder that they ask for.</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    /// <param name="forPreview">Whether the decoder of previews will do.</param>
    /// <param name="cancellationToken">Stops between two pictures, or tiles of one.</param>
    /// <returns>[B, 3, H, W] in [0, 1] on the CPU.</returns>
    public Tensor DecodePixels(Tensor latents, bool forPreview, CancellationToken cancellationToken = default) =>
        (forPreview ? Preview.TryDecode(latents) : null) ?? Codec.Decode(latents, cancellationToken);

    /// <summary>The pictures of latents [B, 4, h, w].</summary>
    /// <param name="latents">The latents.</param>
    /// <param name="firstSeed">The first one's seed; the following ones have the following seeds.</param>
    /// <param name="cancellationToken">Stops between two pictures, or tiles of one.</param>
    public IReadOnlyList<GeneratedImage> Decode(Tensor latents, long firstSeed, CancellationToken cancellationToken)
    {
        using var pixels = Codec.Decode(latents, cancellationToken);
        return ToImages(pixels, latents, firstSeed);
    }

    /// <summary>Pictures that were decoded, with their latents.</summary>
    /// <param name="pixels">[B, 3, H, W] in [0, 1] on the CPU.</param>
    /// <param name="latents">[B, 4, h, w].</param>
    /// <param name="firstSeed">The first one's seed; the following ones have the following seeds.</param>
    public static IReadOnlyList<GeneratedImage> ToImages(Tensor pixels, Tensor latents, long firstSeed) =>
        [.. PictureTensors.ToPictures(pixels).Zip(Latent.FromBatch(latents), (picture, latent) => (picture, latent))
            .Select((image, i) => new GeneratedImage(image.picture, image.latent, firstSeed + i))];

    public void Dispose()
    {
        merger?.Dispose();
        UNet.Dispose();
        Codec.Dispose();
        Prompts.Dispose();
        Preview.Dispose();
    }
}
