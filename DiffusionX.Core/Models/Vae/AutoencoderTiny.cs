using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>
/// TAESD, a tiny distilled autoencoder for Stable Diffusion's latents: fast enough for a picture at every step, its colours a little pale
/// (Bohan, "Tiny AutoEncoder for Stable Diffusion", 2023). The state dict has diffusers' names.
/// </summary>
internal sealed class AutoencoderTiny : nn.Module
{
    [ComponentName(Name = "encoder")]
    private readonly TinyLayers encoder;

    [ComponentName(Name = "decoder")]
    private readonly TinyLayers decoder;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public AutoencoderTiny(AutoencoderTinyConfig config)
        : base(nameof(AutoencoderTiny))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        encoder = TinyLayers.Encoder(config);
        decoder = TinyLayers.Decoder(config);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public AutoencoderTinyConfig Config { get; }

    /// <summary>The latent of a picture, already at the scale of Stable Diffusion's latents.</summary>
    /// <param name="image">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, LatentChannels, H/8, W/8].</returns>
    public Tensor Encode(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        return FeatureMap.ChannelsLast(image.add(1).div_(2)).Into(encoder).MoveToOuterDisposeScope();
    }

    /// <summary>The picture of a latent at the scale of Stable Diffusion's latents.</summary>
    /// <param name="latent">[B, LatentChannels, h, w].</param>
    /// <returns>[B, 3, 8·h, 8·w], about [-1, 1].</returns>
    public Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = NewDisposeScope();
        var softlyClamped = latent.div(3).tanh_().mul_(3);
        return FeatureMap.ChannelsLast(softlyClamped).Into(decoder).mul_(2).sub_(1).MoveToOuterDisposeScope();
    }
}
