using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>The middle of the encoder and of the decoder: attention over all positions between two residual blocks.</summary>
internal sealed class AutoencoderMidBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<VaeAttention> attentions;

    public AutoencoderMidBlock(long channels, ResnetConfig resnet)
        : base(nameof(AutoencoderMidBlock))
    {
        resnets = new ModuleList<ResnetBlock>(new ResnetBlock(channels, channels, resnet), new ResnetBlock(channels, channels, resnet));
        attentions = new ModuleList<VaeAttention>(new VaeAttention(channels, resnet));
        RegisterComponents();
    }

    /// <summary>The settings of all residual blocks of an autoencoder.</summary>
    public static ResnetConfig ResnetOf(AutoencoderKLConfig config) => new(config.NormGroups, Epsilon: 1e-6);

    /// <param name="input">[B, C, h, w].</param>
    /// <returns>[B, C, h, w].</returns>
    public override Tensor forward(Tensor input) =>
        resnets[0].forward(input, null).Into(attentions[0]).Into(map => resnets[1].forward(map, null));

    /// <summary>The same, strip by strip.</summary>
    public Tensor Forward(Tensor input, Strips strips) => resnets[0].Forward(Rows.Of(input), strips)
        .Into(map => attentions[0].Forward(map, strips))
        .Into(map => resnets[1].Forward(Rows.Of(map), strips));
}
