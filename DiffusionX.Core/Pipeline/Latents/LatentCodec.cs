using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>Between pictures and scaled latents, with a VAE on a device.</summary>
internal sealed class LatentCodec : IDisposable
{
    private AutoencoderKL vae;
    private ScalarType dtype;

    /// <param name="vae">The VAE, owned from now on.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="dtype">The type of its parameters.</param>
    public LatentCodec(AutoencoderKL vae, Device device, ScalarType dtype)
    {
        this.vae = vae;
        Device = device;
        this.dtype = dtype;
    }

    /// <summary>Where the VAE is.</summary>
    public Device Device { get; }

    /// <summary>The VAE's shape.</summary>
    public AutoencoderKLConfig Config => vae.Config;

    /// <summary>The fingerprint of the VAE's file, where the parameters keep too little of its weights to tell; else null.</summary>
    public string? FileFingerprint { get; init; }

    /// <summary>What identifies a VAE's weights and the scale of its latents.</summary>
    public static string FingerprintOf(AutoencoderKL vae) =>
        WeightFingerprint.Of(vae, FormattableString.Invariant($"scaling_factor {vae.Config.ScalingFactor:R}"));

    /// <inheritdoc cref="FingerprintOf"/>
    public string Fingerprint() => FileFingerprint ?? FingerprintOf(vae);

    /// <summary>A sample of the posterior of pictures, scaled.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <param name="posteriorNoise">Standard normal, [B, 4, H/8, W/8].</param>
    /// <param name="cancellationToken">Stops before it begins.</param>
    /// <returns>[B, 4, H/8, W/8] in float32 on the device.</returns>
    public Tensor Encode(Tensor images, Tensor posteriorNoise, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var (mean, logVariance) = vae.Encode(images.to(dtype, Device));
        var deviation = logVariance.to(ScalarType.Float32).mul_(0.5).exp_();
        var sample = mean.to(ScalarType.Float32) + (deviation * posteriorNoise.to(ScalarType.Float32, Device));
        return sample.mul_(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The middle of the posterior of pictures, scaled: no noise, for measuring rather than for drawing.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, 4, H/8, W/8] in float32 on the device.</returns>
    public Tensor EncodeMean(Tensor images)
    {
        using var scope = NewDisposeScope();
        return vae.Encode(images.to(dtype, Device)).Mean.to(ScalarType.Float32).mul(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The pictures of scaled latents.</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    /// <param name="cancellationToken">Stops between two pictures.</param>
    /// <returns>[B, 3, 8·h, 8·w] in [0, 1], float32 on the CPU.</returns>
    /// <exception cref="GenerationException">The VAE gives no numbers, even in float32.</exception>
    public Tensor Decode(Tensor latents, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var images = DecodeUnchecked(latents, cancellationToken);
        if (!AllFinite(images) && dtype != ScalarType.Float32)
        {
            TurnToFloat32();
            images = DecodeUnchecked(latents, cancellationToken);
        }

        return AllFinite(images)
            ? images.MoveToOuterDisposeScope()
            : throw new GenerationException(
                "The VAE decoded this latent to something that is no picture (NaN or infinity), in float32 too. The checkpoint is "
                + "damaged, or the latent was: "
                + "try another seed, a lower guidance scale, or the same model's weights in float32.");
    }

    /// <summary>A copy of a VAE with parameters of another type.</summary>
    public static AutoencoderKL Convert(AutoencoderKL vae, Device device, ScalarType dtype)
    {
        using var noGradient = no_grad();
        using var placement = ParameterPlacement.On(device, dtype);
        var copy = new AutoencoderKL(vae.Config);
        var targets = copy.state_dict();
        foreach (var (name, parameter) in vae.state_dict())
        {
            targets[name].copy_(parameter);
        }

        return copy;
    }

    public void Dispose() => vae.Dispose();

    private static bool AllFinite(Tensor tensor)
    {
        using var finite = tensor.isfinite();
        using var all = finite.all();
        return all.item<bool>();
    }

    // One picture at a time: a batch's feature maps at full resolution would be a model's own size.
    private Tensor DecodeUnchecked(Tensor latents, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var unscaled = latents.to(ScalarType.Float32).div(Config.ScalingFactor).to(dtype, Device);
        var each = Enumerable.Range(0, (int)latents.shape[0]);
        var images = each.Select(i => DecodeOne(unscaled.narrow(0, i, 1), cancellationToken)).ToArray();
        return cat(images, 0).MoveToOuterDisposeScope();
    }

    private Tensor DecodeOne(Tensor unscaled, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var image = vae.Decode(unscaled).to(ScalarType.Float32, CPU);
        return image.div(2).add_(0.5).clamp_(0, 1).contiguous().MoveToOuterDisposeScope();
    }

    // Stable Diffusion's VAE can leave float16's range; what overflowed once would overflow again, so it stays in float32 from here on.
    private void TurnToFloat32()
    {
        var exact = Convert(vae, Device, ScalarType.Float32);
        vae.Dispose();
        vae = exact;
        dtype = ScalarType.Float32;
    }
}
