using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>
/// How a run redraws a part of its start alone. A UNet that was made for it is shown the mask and the rest of the picture in channels of
/// its own; for any other the rest is put back after each step, with the noise of the next one (diffusers' StableDiffusionInpaintPipeline;
/// Avrahami et al., "Blended Latent Diffusion", 2022).
/// </summary>
internal sealed class Inpainting : IDisposable
{
    private readonly Tensor? channels;
    private readonly (Tensor Redrawn, Tensor Clean, Tensor Noise)? rest;

    private Inpainting(Tensor? channels, (Tensor Redrawn, Tensor Clean, Tensor Noise)? rest)
    {
        this.channels = channels;
        this.rest = rest;
    }

    /// <summary>A run that draws everything.</summary>
    public static Inpainting None { get; } = new(null, null);

    /// <summary>For a UNet that takes latents alone. The tensors stay the caller's.</summary>
    /// <param name="mask">What is redrawn: 1 there, else 0, [1, 1, h, w].</param>
    /// <param name="clean">The start, [B, 4, h, w].</param>
    /// <param name="noise">The noise that was put on it, [B, 4, h, w].</param>
    public static Inpainting KeepRest(Tensor mask, Tensor clean, Tensor noise) =>
        new(null, (Own(mask.to(ScalarType.Bool)), Own(clean.alias()), Own(noise.alias())));

    /// <summary>For a UNet that was made for it. The tensors stay the caller's.</summary>
    /// <param name="mask">What is redrawn: 1 there, else 0, [1, 1, h, w].</param>
    /// <param name="masked">The latent of the picture without what is redrawn, [B, 4, h, w].</param>
    public static Inpainting ShowRest(Tensor mask, Tensor masked)
    {
        using var maskOfEach = mask.expand([masked.size(0), .. mask.shape[1..]]);
        return new Inpainting(Own(cat([maskOfEach, masked], 1)), null);
    }

    /// <summary>What the UNet is asked with.</summary>
    /// <param name="latents">The noisy latents as the sampler scales them, [B, 4, h, w]; they stay the caller's.</param>
    /// <returns>[B, 4, h, w], or [B, 9, h, w].</returns>
    public Tensor ToModelInput(Tensor latents) => channels is null ? latents.alias() : cat([latents, channels], 1);

    /// <summary>The shape of one sample of that, [C, h, w].</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    public long[] ModelInputShape(Tensor latents) => [latents.size(1) + (channels?.size(1) ?? 0), .. latents.shape[2..]];

    /// <summary>The latents with the rest of the start in its place.</summary>
    /// <param name="latents">After a step, [B, 4, h, w]; they stay the caller's.</param>
    /// <param name="plan">The run's timesteps.</param>
    /// <param name="next">The step that follows, whose noise they have; the number of timesteps at the end, where there is none.</param>
    /// <returns>[B, 4, h, w].</returns>
    public Tensor PutBack(Tensor latents, SamplingPlan plan, int next)
    {
        if (rest is not var (redrawn, clean, noise))
        {
            return latents.alias();
        }

        using var scope = NewDisposeScope();
        var start = next < plan.Timesteps.Count ? plan.AddNoise(clean, noise, next) : clean;
        return where(redrawn, latents, start).MoveToOuterDisposeScope();
    }

    /// <summary>What a run is expected to come to, with the rest of the start in its place.</summary>
    /// <param name="expected">What its sampler expects, [B, 4, h, w]; it stays the caller's.</param>
    /// <returns>[B, 4, h, w].</returns>
    public Tensor PutBack(Tensor expected) => rest is var (redrawn, clean, _) ? where(redrawn, expected, clean) : expected.alias();

    public void Dispose()
    {
        channels?.Dispose();
        rest?.Redrawn.Dispose();
        rest?.Clean.Dispose();
        rest?.Noise.Dispose();
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();
}

/// <summary>What a run begins with.</summary>
/// <param name="Noisy">The latents at its first timestep, [B, 4, h, w] in float32 on the device.</param>
/// <param name="Inpainting">How it redraws a part of its start.</param>
internal sealed record DenoisingStart(Tensor Noisy, Inpainting Inpainting) : IDisposable
{
    public void Dispose()
    {
        Noisy.Dispose();
        Inpainting.Dispose();
    }
}
