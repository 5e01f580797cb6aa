using DiffusionX.Models.Layers;
using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>
/// One of the ways through a <see cref="MixedBlock"/>: perhaps a pooling, then units one after another, and perhaps a fork at the end,
/// whose units all take the same map and whose outputs are stacked.
/// </summary>
/// <remarks>
/// A branch does not own its units, the block does: the names of all its branches' units lie side by side in the state dict.
/// </remarks>
internal sealed class Branch
{
    private readonly Func<Tensor, Tensor> pooling;
    private readonly (string Name, ConvolutionUnit Unit)[] chain;
    private (string Name, ConvolutionUnit Unit)[] fork = [];

    private Branch(Func<Tensor, Tensor> pooling, (string Name, ConvolutionUnit Unit)[] chain)
    {
        this.pooling = pooling;
        this.chain = chain;
    }

    /// <summary>All units under their names.</summary>
    public IEnumerable<(string Name, ConvolutionUnit Unit)> Units => chain.Concat(fork);

    public static Branch Of(params (string Name, ConvolutionUnit Unit)[] chain) => new(input => input.alias(), chain);

    public static Branch Pooled(Func<Tensor, Tensor> pooling, params (string Name, ConvolutionUnit Unit)[] chain) => new(pooling, chain);

    public Branch Forked(params (string Name, ConvolutionUnit Unit)[] ends)
    {
        fork = ends;
        return this;
    }

    public Tensor Forward(Tensor input)
    {
        var hidden = chain.Aggregate(pooling(input), (map, link) => map.Into(link.Unit));
        return fork.Length == 0 ? hidden : hidden.Into(map => Stack(fork.Select(end => end.Unit.forward(map))));
    }

    /// <summary>Maps [B, Cᵢ, H, W] → [B, ΣCᵢ, H, W]. The maps are disposed.</summary>
    public static Tensor Stack(IEnumerable<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        return cat([.. maps], dim: 1).MoveToOuterDisposeScope();
    }
}
