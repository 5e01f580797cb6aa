using DiffusionX.Models.Common;
using TorchSharp.Modules;

namespace DiffusionX.Models.UNet;

/// <summary>What one resolution of a UNet is made of.</summary>
/// <param name="Channels">Channels of its feature maps.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Transformers">Transformer blocks after each residual block; null where the level does not attend to the text.</param>
/// <param name="Resnet">The residual blocks' settings.</param>
/// <param name="Transformer">The transformers' settings.</param>
internal sealed record UNetLevel(
    int Channels, int Heads, IReadOnlyList<int>? Transformers, ResnetConfig Resnet, SpatialTransformerConfig Transformer)
{
    /// <summary>The level's transformers, or null where it does not attend.</summary>
    public ModuleList<SpatialTransformer>? CreateAttentions() => Transformers is null
        ? null
        : new ModuleList<SpatialTransformer>(
            [.. Transformers.Select(blocks => new SpatialTransformer(Channels, Heads, blocks, Transformer))]);
}
