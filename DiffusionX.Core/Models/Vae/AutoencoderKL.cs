using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>
/// The variational autoencoder between pictures and latents of latent diffusion (Kingma and Welling, 2013; Rombach et al., 2022).
/// The state dict has diffusers' names.
/// </summary>
internal sealed class AutoencoderKL : nn.Module
{
    private const double LowestLogVariance = -30;
    private const double HighestLogVariance = 20;

    [ComponentName(Name = "encoder")]
    private readonly Encoder encoder;

    [ComponentName(Name = "quant_conv")]
    private readonly Conv2d quantConv;

    [ComponentName(Name = "post_quant_conv")]
    private readonly Conv2d postQuantConv;

    [ComponentName(Name = "decoder")]
    private readonly Decoder decoder;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public AutoencoderKL(AutoencoderKLConfig config)
        : base(nameof(AutoencoderKL))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        encoder = new Encoder(config);
        quantConv = new Conv2d(2 * config.LatentChannels, 2 * config.LatentChannels, kernel: 1);
        postQuantConv = new Conv2d(config.LatentChannels, config.LatentChannels, kernel: 1);
        decoder = new Decoder(config);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>The posterior distribution of the latents of a picture. No scaling factor is applied.</summary>
    /// <param name="image">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>Mean and log-variance, each [B, LatentChannels, H/8, W/8]; the log-variance is clamped to [-30, 20].</returns>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor image) => Encode(image, encoder.forward);

    /// <summary>The same strip by strip, for one picture: the same numbers but for their rounding, in less memory.</summary>
    /// <param name="image">[1, 3, H, W] in [-1, 1]; its sides are multiples of 8.</param>
    /// <param name="strips">How.</param>
    /// <returns>Mean and log-variance, each [1, LatentChannels, H/8, W/8].</returns>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor image, Strips strips) => Encode(image, map => encoder.Forward(map, strips));

    private (Tensor Mean, Tensor LogVariance) Encode(Tensor image, Func<Tensor, Tensor> encode)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        var moments = encode(image).Into(quantConv).chunk(2, 1);
        var mean = moments[0].contiguous();
        var logVariance = moments[1].clamp(LowestLogVariance, HighestLogVariance).contiguous();
        return (mean.MoveToOuterDisposeScope(), logVariance.MoveToOuterDisposeScope());
    }

    /// <summary>The picture of a latent.</summary>
    /// <param name="latent">[B, LatentChannels, h, w], divided by the scaling factor.</param>
    /// <returns>[B, 3, 8·h, 8·w], about [-1, 1].</returns>
    public Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = NewDisposeScope();
        return FeatureMap.ChannelsLast(latent).Into(postQuantConv).Into(decoder).MoveToOuterDisposeScope();
    }

    /// <summary>The same strip by strip, for one latent: the same numbers but for their rounding, in less memory.</summary>
    /// <param name="latent">[1, LatentChannels, h, w], divided by the scaling factor.</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, 3, 8·h, 8·w], about [-1, 1].</returns>
    public Tensor Decode(Tensor latent, Strips strips)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var scope = NewDisposeScope();
        return FeatureMap.ChannelsLast(latent).Into(postQuantConv).Into(map => decoder.Forward(map, strips)).MoveToOuterDisposeScope();
    }
}
