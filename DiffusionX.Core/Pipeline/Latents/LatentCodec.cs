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

    // Where memory is to be saved, a small picture has so many strips: what is computed of each lies beside the picture's maps.
    private const long SavingStrips = 16;

    // Pictures that are computed together have so many pixels in all: on a processor, more gain nothing.
    private const long TogetherOnProcessor = SmallPicture;
    private const long TogetherOnDevice = 2048 * 1024;

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
        return Sample(Encode(images, cancellationToken), posteriorNoise).MoveToOuterDisposeScope();
    }

    /// <summary>A sample of a posterior, scaled.</summary>
    /// <param name="posterior">From <see cref="EncodeTogether"/>.</param>
    /// <param name="noise">Standard normal, [B, 4, H/8, W/8].</param>
    /// <returns>[B, 4, H/8, W/8] in float32 on the device.</returns>
    public Tensor Sample(Posterior posterior, Tensor noise)
    {
        using var scope = NewDisposeScope();
        var deviation = posterior.LogVariance.to(ScalarType.Float32).mul_(0.5).exp_();
        var sample = posterior.Mean.to(ScalarType.Float32) + (deviation * noise.to(ScalarType.Float32, Device));
        return sample.mul_(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The posteriors of several pictures, as many in one call of the VAE as pays.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>B of them, of one picture each.</returns>
    public IReadOnlyList<Posterior> EncodeTogether(Tensor images)
    {
        var parts = images.split(CountTogether(images.size(2) * images.size(3)), 0).Select(part => Encode(part, CancellationToken.None));
        return [.. parts.SelectMany(part => part.Mean.split(1, 0).Zip(part.LogVariance.split(1, 0), (mean, variance) => new Posterior(mean, variance)))];
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
    public Tensor Decode(Tensor latents, CancellationToken cancellationToken = default) => Decode(latents, together: 1, cancellationToken);

    /// <summary>The same, with as many pictures in one call of the VAE as pays.</summary>
    /// <inheritdoc cref="Decode(Tensor, CancellationToken)"/>
    public Tensor DecodeTogether(Tensor latents, CancellationToken cancellationToken = default) =>
        Decode(latents, CountTogether(PixelsOf(latents)), cancellationToken);

    /// <summary>A copy of a VAE with parameters of another type.</summary>
    public static AutoencoderKL Convert(AutoencoderKL vae, Device device, ScalarType dtype)
    {
        using var placement = ParameterPlacement.On(device, dtype);
        var copy = new AutoencoderKL(vae.Config);
        copy.CopyFrom(vae);
        return copy;
    }

    public void Dispose() => vae.Dispose();

    private Tensor Decode(Tensor latents, long together, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var images = DecodeUnchecked(latents, together, cancellationToken);
        if (!AllFinite(images) && dtype != ScalarType.Float32)
        {
            TurnToFloat32();
            images = DecodeUnchecked(latents, together, cancellationToken);
        }

        return AllFinite(images)
            ? images.MoveToOuterDisposeScope()
            : throw new GenerationException(
                "The VAE decoded this latent to something that is no picture (NaN or infinity), in float32 too. The checkpoint is "
                + "damaged, or the latent was: "
                + "try another seed, a lower guidance scale, or the same model's weights in float32.");
    }

    private Posterior Encode(Tensor images, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var input = images.to(dtype, Device);
        if (ChooseStrips(input.size(2) * input.size(3), cancellationToken) is not { } strips)
        {
            var (mean, logVariance) = vae.Encode(input);
            return new Posterior(mean, logVariance);
        }

        var moments = Enumerable.Range(0, (int)input.size(0)).Select(i => vae.Encode(input.narrow(0, i, 1), strips)).ToArray();
        return new Posterior(cat([.. moments.Select(each => each.Mean)], 0), cat([.. moments.Select(each => each.LogVariance)], 0));
    }

    // Those that are computed in strips are computed one by one.
    private long CountTogether(long pixels) => ChooseStrips(pixels, CancellationToken.None) is null
        ? Math.Clamp((Device.type == DeviceType.CPU ? TogetherOnProcessor : TogetherOnDevice) / pixels, 1, Math.Max(1, memory / BytesOf(pixels)))
        : 1;

    private long PixelsOf(Tensor latents) => latents.size(2) * latents.size(3) * Config.PixelsPerLatent * Config.PixelsPerLatent;

    private int NumberBytes => dtype == ScalarType.Float32 ? sizeof(float) : sizeof(short);

    private long Narrow => Config.BlockOutChannels[0];

    private long Wide => Config.BlockOutChannels[Math.Min(1, Config.BlockOutChannels.Count - 1)];

    /// <summary>How a picture of so many pixels is computed; null for as a whole.</summary>
    private Strips? ChooseStrips(long pixels, CancellationToken cancellationToken)
    {
        var mayBeWhole = BytesOf(pixels) <= memory;
        if (mayBeWhole && (pixels <= SmallPicture || Device.type != DeviceType.CPU))
        {
            return null;
        }

        return pixels * NumberBytes * (Wide + Narrow) > memory
            ? new Strips(Math.Clamp(pixels / SavingStrips, StripPositions / 2, StripPositions), SavesMemory: true, cancellationToken)
            : new Strips(StripPositions, SavesMemory: false, cancellationToken);
    }

    // At the picture's resolution the decoder grows maps of the second level's channels, and makes of each one of the first's.
    private long BytesOf(long pixels) => pixels * NumberBytes * ((2 * Wide) + Narrow);

    private static bool AllFinite(Tensor tensor)
    {
        using var finite = tensor.isfinite();
        using var all = finite.all();
        return all.item<bool>();
    }

    // Many pictures at a time would have feature maps of a model's own size.
    private Tensor DecodeUnchecked(Tensor latents, long together, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var unscaled = latents.to(ScalarType.Float32).div(Config.ScalingFactor).to(dtype, Device);
        var images = unscaled.split(together, 0).Select(some => DecodeSome(some, cancellationToken)).ToArray();
        return cat(images, 0).MoveToOuterDisposeScope();
    }

    private Tensor DecodeSome(Tensor unscaled, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var strips = ChooseStrips(PixelsOf(unscaled), cancellationToken);
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

/// <summary>What a VAE makes of pictures: normal distributions of unscaled latents.</summary>
/// <param name="Mean">[B, 4, H/8, W/8].</param>
/// <param name="LogVariance">[B, 4, H/8, W/8].</param>
internal readonly record struct Posterior(Tensor Mean, Tensor LogVariance);
