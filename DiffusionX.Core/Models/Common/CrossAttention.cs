using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Multi-head attention of tokens to a context: diffusers' Attention, as UNets have it.</summary>
internal sealed class CrossAttention : nn.Module<Tensor, KeyValue, Tensor>
{
    private readonly long heads;

    [ComponentName(Name = "to_q")]
    private readonly Linear toQuery;

    [ComponentName(Name = "to_k")]
    private readonly Linear toKey;

    [ComponentName(Name = "to_v")]
    private readonly Linear toValue;

    [ComponentName(Name = "to_out")]
    private readonly ModuleList<Linear> toOutput;

    /// <param name="width">The width of the tokens.</param>
    /// <param name="contextWidth">The width of what they attend to.</param>
    /// <param name="heads">The number of heads, which divides the width.</param>
    public CrossAttention(long width, long contextWidth, long heads)
        : base(nameof(CrossAttention))
    {
        this.heads = heads;
        toQuery = new Linear(width, width, hasBias: false);
        toKey = new Linear(contextWidth, width, hasBias: false);
        toValue = new Linear(contextWidth, width, hasBias: false);
        toOutput = new ModuleList<Linear>(new Linear(width, width));
        RegisterComponents();
    }

    /// <summary>Keys and values of a context [B, L, contextWidth].</summary>
    public KeyValue Project(Tensor context) => KeyValue.Padded(Split(toKey.forward(context)), Split(toValue.forward(context)));

    /// <param name="tokens">[B, T, width].</param>
    /// <param name="context">Keys and values from <see cref="Project"/>.</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens, KeyValue context)
    {
        using var query = Split(toQuery.forward(tokens));
        return Attend(query, context).Into(AttentionHeads.Merge).Into(toOutput[0]);
    }

    /// <summary>Attention of queries [B, heads, T, d] to a context; of many queries some at a time.</summary>
    internal static Tensor Attend(Tensor query, KeyValue context)
    {
        var (queries, keys) = (query.size(2), context.Key.size(2));
        var pieces = LongOperation.Pieces(2 * query.numel() * keys, query);
        return pieces == 1
            ? AttendAtOnce(query, context)
            : LongOperation.InPieces(queries, pieces, 2, (first, count) => AttendAtOnce(query.narrow(2, first, count), context));
    }

    private static Tensor AttendAtOnce(Tensor query, KeyValue context) =>
        nn.functional.scaled_dot_product_attention(query, context.Key, context.Value, attn_mask: context.Mask!);

    private Tensor Split(Tensor projected) => projected.Into(p => AttentionHeads.Split(p, heads));
}
