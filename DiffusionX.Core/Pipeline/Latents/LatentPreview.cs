using DiffusionX.Imaging;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>A quick look at a latent while its run goes on: through TAESD where there is one, else through a linear map of each position to a colour.</summary>
internal sealed class LatentPreview : IDisposable
{
    private readonly LatentCodec codec;
    private readonly AutoencoderTiny? tiny;
    private readonly Device device;
    private readonly ScalarType dtype;
    private float[]? colours;

    /// <param name="codec">The codec whose latents are looked at.</param>
    /// <param name="tiny">TAESD, owned from now on, or null.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="dtype">The type of its parameters.</param>
    public LatentPreview(LatentCodec codec, AutoencoderTiny? tiny, Device device, ScalarType dtype)
    {
        this.codec = codec;
        this.tiny = tiny;
        this.device = device;
        this.dtype = dtype;
    }

    /// <summary>The first picture of a batch of scaled latents: at full size through TAESD, an eighth of it through the linear map.</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    public Picture Draw(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var first = latents.narrow(0, 0, 1);
        var image = tiny is null ? ToColours(first) : tiny.Decode(first.to(dtype, device)).to(ScalarType.Float32, CPU).div_(2).add_(0.5);
        return PictureTensors.ToPictures(image.nan_to_num(0.5).clamp(0, 1))[0];
    }

    /// <summary>The pictures of scaled latents through TAESD.</summary>
    /// <param name="latents">[B, 4, h, w].</param>
    /// <returns>[B, 3, 8·h, 8·w] in [0, 1], float32 on the CPU; null where there is no TAESD, or its pictures are no numbers.</returns>
    public Tensor? TryDecode(Tensor latents)
    {
        if (tiny is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var images = tiny.Decode(latents.to(dtype, device)).to(ScalarType.Float32, CPU).div_(2).add_(0.5).clamp_(0, 1).contiguous();
        return images.isfinite().all().item<bool>() ? images.MoveToOuterDisposeScope() : null;
    }

    public void Dispose() => tiny?.Dispose();

    private Tensor ToColours(Tensor latent)
    {
        var channels = codec.Config.LatentChannels;
        colours ??= FitColours();
        var map = tensor(colours, [channels + 1, 3]);
        var positions = latent.to(ScalarType.Float32, CPU).permute(0, 2, 3, 1).reshape(-1, channels);
        var projected = positions.mm(map.narrow(0, 0, channels)).add_(map[channels]);
        return projected.view(1, latent.size(2), latent.size(3), 3).permute(0, 3, 1, 2);
    }

    /// <summary>
    /// The least-squares map from a latent position to a colour, [C + 1, 3] with the constant last, from what the VAE makes of evenly coloured pictures.
    /// It holds for this VAE and no other, so it is fitted rather than written down.
    /// </summary>
    private float[] FitColours()
    {
        using var scope = NewDisposeScope();
        var levels = linspace(-1, 1, 3);
        var palette = cartesian_prod([levels, levels, levels]);
        var pictures = palette.view(-1, 3, 1, 1).expand(-1, -1, 4 * codec.Config.PixelsPerLatent, 4 * codec.Config.PixelsPerLatent).contiguous();
        var latents = codec.EncodeMean(pictures).cpu().mean([2, 3]).to(ScalarType.Float64);
        var constants = ones([latents.size(0), 1], ScalarType.Float64);
        var solution = linalg.lstsq(cat([latents, constants], 1), palette.div(2).add(0.5).to(ScalarType.Float64)).Solution;
        return solution.to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
