using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>softmax(Q·Kᵀ/√d)·V for each head (Vaswani et al., "Attention Is All You Need", 2017).</summary>
internal static class AttentionHeads
{
    /// <summary>Attention of all queries to all keys.</summary>
    /// <param name="query">[B, T, heads·d].</param>
    /// <param name="key">[B, L, heads·d].</param>
    /// <param name="value">[B, L, heads·d].</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="causal">Whether a position sees only itself and what precedes it.</param>
    /// <param name="visible">Which keys are there at all, [B, 1, 1, L], or null for all.</param>
    /// <returns>[B, T, heads·d].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, long heads, bool causal = false, Tensor? visible = null)
    {
        using var queries = Split(query, heads);
        using var keys = Split(key, heads);
        using var values = Split(value, heads);
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask: visible!, is_casual: causal).Into(Merge);
    }

    /// <summary>[B, T, heads·d] → [B, heads, T, d], a view.</summary>
    public static Tensor Split(Tensor tokens, long heads)
    {
        using var byHead = tokens.view(tokens.size(0), tokens.size(1), heads, -1);
        return byHead.transpose(1, 2);
    }

    /// <summary>[B, heads, T, d] → [B, T, heads·d].</summary>
    public static Tensor Merge(Tensor heads)
    {
        using var byToken = heads.transpose(1, 2);
        return byToken.reshape(byToken.size(0), byToken.size(1), -1);
    }
}
