using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Multi-head attention of tokens to themselves: diffusers' Attention, as UNets have it. The matrices of queries, keys and values are the rows
/// of one, so that one product makes all three.
/// </summary>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor>
{
    private static readonly string[] Projections = ["to_q", "to_k", "to_v"];

    private readonly long heads;

    [ComponentName(Name = "to_out")]
    private readonly ModuleList<Linear> toOutput;

    // [3·width, width].
    private readonly StackedMatrices matrices;

    /// <param name="width">The width of the tokens.</param>
    /// <param name="heads">The number of heads, which divides the width.</param>
    public SelfAttention(long width, long heads)
        : base(nameof(SelfAttention))
    {
        this.heads = heads;
        matrices = ParameterPlacement.AllocateStacked(Projections.Length, width, width);
        toOutput = new ModuleList<Linear>(new Linear(width, width));
        RegisterComponents();
        foreach (var (name, matrix) in Projections.Zip(matrices.Parts))
        {
            register_module(name, new Linear(matrix));
        }
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var projected = matrices.Use(tokens.dtype, matrix => Linear.Project(tokens, matrix, bias: null));
        using var byProjection = projected.view(tokens.size(0), tokens.size(1), Projections.Length, heads, -1);
        using var byHead = byProjection.permute(2, 0, 3, 1, 4);
        using var query = byHead.select(0, 0);
        using var self = KeyValue.Of(byHead.select(0, 1), byHead.select(0, 2));
        return CrossAttention.Attend(query, self).Into(AttentionHeads.Merge).Into(toOutput[0]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            matrices.Dispose();
        }

        base.Dispose(disposing);
    }
}
