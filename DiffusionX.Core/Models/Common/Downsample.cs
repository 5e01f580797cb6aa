using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Halves height and width with a strided convolution: diffusers' Downsample2D.</summary>
internal sealed class Downsample : nn.Module<Tensor, Tensor>
{
    private readonly bool padsEndOnly;

    [ComponentName(Name = "conv")]
    private readonly Conv2d convolution;

    /// <param name="channels">Channels in and out.</param>
    /// <param name="padsEndOnly">Pads right and below only, as the VAE's encoder does, instead of all around.</param>
    public Downsample(long channels, bool padsEndOnly)
        : base(nameof(Downsample))
    {
        this.padsEndOnly = padsEndOnly;
        convolution = new Conv2d(channels, channels, kernel: 3, stride: 2, padding: padsEndOnly ? 0 : 1);
        RegisterComponents();
    }

    /// <param name="input">[B, channels, H, W].</param>
    /// <returns>[B, channels, ⌈H/2⌉, ⌈W/2⌉], or ⌊H/2⌋ and ⌊W/2⌋ where only the end is padded.</returns>
    public override Tensor forward(Tensor input) =>
        padsEndOnly ? nn.functional.pad(input, [0, 1, 0, 1]).Into(FeatureMap.ChannelsLast).Into(convolution) : convolution.forward(input);

    /// <summary>The same where only the end is padded, strip by strip.</summary>
    /// <param name="input">[1, channels, H, W].</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, channels, ⌊H/2⌋, ⌊W/2⌋].</returns>
    public Tensor Forward(Tensor input, Strips strips)
    {
        var height = input.size(2);
        return strips.Collect(height / 2, input.size(3) / 2, (first, count) =>
        {
            // The last of its rows may be the padding.
            var rows = Math.Min((2 * count) + 1, height - (2 * first));
            var padded = nn.functional.pad(input.narrow(2, 2 * first, rows), [0, 1, 0, (2 * count) + 1 - rows]);
            return padded.Into(FeatureMap.ChannelsLast).Into(convolution);
        });
    }
}
