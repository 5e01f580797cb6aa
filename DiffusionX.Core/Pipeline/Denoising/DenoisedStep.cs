using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>What a run looks like after one of its steps. The tensors are the run's: they are gone when the next step begins.</summary>
/// <param name="Index">The step, from 0.</param>
/// <param name="Next">The step that follows: the next one, or a later one where steps are skipped.</param>
/// <param name="Guided">Whether the UNet was asked for the negative prompt too.</param>
/// <param name="Reused">Whether the deep part of the UNet was reused from an earlier step.</param>
/// <param name="Latents">The latents after it, [B, 4, h, w].</param>
/// <param name="Expected">The clean latents that the model expects at this point, [B, 4, h, w].</param>
internal readonly record struct DenoisedStep(int Index, int Next, bool Guided, bool Reused, Tensor Latents, Tensor Expected);
