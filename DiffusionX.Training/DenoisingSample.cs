using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>Noisy latents, and what a denoiser is to say of them.</summary>
/// <param name="Noisy">The latents with noise, [B, 4, h, w].</param>
/// <param name="Timesteps">How much noise each has, [B], int64.</param>
/// <param name="Target">The noise, the velocity or the clean latents, [B, 4, h, w].</param>
internal readonly record struct DenoisingSample(Tensor Noisy, Tensor Timesteps, Tensor Target);
