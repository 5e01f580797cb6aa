using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>Between pictures and scaled latents, with a VAE on a device.</summary>
internal sealed class LatentCodec : IDisposable
{
    // Smaller pictures take no second anywhere, and are computed as a whole.
    private const long SmallPicture = 256 * 256;

    // Of a strip, at the picture's resolution: a quarter of a second on two cores.
    private const long StripPositions = 32768;

    // The part of a machine's memory that a picture may take.
    private const int MemoryShare = 4;

    private readonly long memory;
    private AutoencoderKL vae;
    private ScalarType dtype;

    /// <param name="vae">The VAE, owned from now on.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="dtype">The type of its parameters.</param>
    /// <param name="memory">How many bytes a picture may take; null for a quarter of what the machine has.</param>
    public LatentCodec(AutoencoderKL vae, Device device, ScalarType dtype, long? memory = null)
    {
        this.memory = memory ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare);
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
    /// <param name="images">[B, 3, H, W] in [-1, 1], or one of which there are to be B samples.</param>
    /// <param name="posteriorNoise">Standard normal, [B, 4, H/8, W/8].</param>
    /// <param name="cancellationToken">Stops within about a second.</param>
    /// <returns>[B, 4, H/8, W/8] in float32 on the device.</returns>
    public Tensor Encode(Tensor images, Tensor posteriorNoise, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var (mean, logVariance) = Encode(images, cancellationToken);
        var deviation = logVariance.to(ScalarType.Float32).mul_(0.5).exp_();
        var sample = mean.to(ScalarType.Float32) + (deviation * posteriorNoise.to(ScalarType.Float32, Device));
        return sample.mul_(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The middle of the posterior of pictures, scaled: no noise, for measuring rather than for drawing.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <param name="cancellationToken">Stops within about a second.</param>
    /// <returns>[B, 4, H/8, W/8] in float32 on the device.</returns>
    public Tensor EncodeMean(Tensor images, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        return Encode(images, cancellationToken).Mean.to(ScalarType.Float32).mul(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The pictures of scaled latents.</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    /// <param name="cancellationToken">Stops within about a second.</param>
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

    private (Tensor Mean, Tensor LogVariance) Encode(Tensor images, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var input = images.to(dtype, Device);
        if (ChooseStrips(input.shape[2] * input.shape[3], cancellationToken) is not { } strips)
        {
            return vae.Encode(input);
        }

        var moments = Enumerable.Range(0, (int)input.shape[0]).Select(i => vae.Encode(input.narrow(0, i, 1), strips)).ToArray();
        return (cat([.. moments.Select(each => each.Mean)], 0), cat([.. moments.Select(each => each.LogVariance)], 0));
    }

    /// <summary>How a picture of so many pixels is computed; null for as a whole.</summary>
    private Strips? ChooseStrips(long pixels, CancellationToken cancellationToken)
    {
        var numberBytes = dtype == ScalarType.Float32 ? sizeof(float) : sizeof(short);
        // At the picture's resolution the decoder grows maps of the second level's channels, and makes of each one of the first's.
        long narrow = Config.BlockOutChannels[0];
        long wide = Config.BlockOutChannels[Math.Min(1, Config.BlockOutChannels.Count - 1)];
        var mayBeWhole = pixels * numberBytes * ((2 * wide) + narrow) <= memory;
        if (mayBeWhole && (pixels <= SmallPicture || Device.type != DeviceType.CPU))
        {
            return null;
        }

        return new Strips(StripPositions, SavesMemory: pixels * numberBytes * (wide + narrow) > memory, cancellationToken);
    }

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
        var strips = ChooseStrips(unscaled.shape[2] * unscaled.shape[3] * Config.PixelsPerLatent * Config.PixelsPerLatent, cancellationToken);
        var decoded = strips is null ? vae.Decode(unscaled) : vae.Decode(unscaled, strips);
        var image = decoded.to(ScalarType.Float32, CPU);
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
