using DiffusionX.Models;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Generation;

/// <summary>The parts of one loaded model. All that computes runs on the model's compute thread.</summary>
/// <param name="Device">Where the parts are.</param>
/// <param name="UNet">The UNet.</param>
/// <param name="Denoiser">The loop around the UNet.</param>
/// <param name="Codec">The VAE.</param>
/// <param name="Prompts">The tokenizer and the text encoder.</param>
/// <param name="Preview">Quick looks at latents.</param>
/// <param name="Scheduler">The solver that the checkpoint names.</param>
internal sealed record DiffusionParts(
    Device Device, UNet2DConditionModel UNet, Denoiser Denoiser, LatentCodec Codec, PromptEncoder Prompts, LatentPreview Preview, Scheduler Scheduler) : IDisposable
{
    public void Dispose()
    {
        UNet.Dispose();
        Codec.Dispose();
        Prompts.Dispose();
        Preview.Dispose();
    }
}
