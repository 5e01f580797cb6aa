using DiffusionX.Models.Common;
using TorchSharp.Modules;

namespace DiffusionX.Models.UNet;

/// <summary>What one resolution of a UNet is made of.</summary>
/// <param name="Channels">Channels of its feature maps.</param>
/// <param name="Layers">Residual blocks on the way down.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Attends">Whether it attends to the text.</param>
/// <param name="Resnet">The residual blocks' settings.</param>
/// <param name="Transformer">The transformers' settings.</param>
internal sealed record UNetLevel(int Channels, int Layers, int Heads, bool Attends, ResnetConfig Resnet, SpatialTransformerConfig Transformer)
{
    /// <summary>One transformer for each of <paramref name="count"/> residual blocks, or null where the level does not attend.</summary>
    public ModuleList<SpatialTransformer>? CreateAttentions(int count) => Attends
        ? new ModuleList<SpatialTransformer>([.. Enumerable.Range(0, count).Select(_ => new SpatialTransformer(Channels, Heads, Transformer))])
        : null;
}
