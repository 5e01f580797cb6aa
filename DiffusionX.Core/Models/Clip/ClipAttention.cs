using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>Multi-head attention of a sequence to itself, under the names that transformers gives CLIP's.</summary>
internal sealed class ClipAttention : nn.Module<Tensor, Tensor>
{
    private readonly long heads;
    private readonly bool causal;

    [ComponentName(Name = "q_proj")]
    private readonly Linear query;

    [ComponentName(Name = "k_proj")]
    private readonly Linear key;

    [ComponentName(Name = "v_proj")]
    private readonly Linear value;

    [ComponentName(Name = "out_proj")]
    private readonly Linear output;

    public ClipAttention(ClipLayerConfig config)
        : base(nameof(ClipAttention))
    {
        heads = config.Heads;
        causal = config.Causal;
        query = new Linear(config.Width, config.Width);
        key = new Linear(config.Width, config.Width);
        value = new Linear(config.Width, config.Width);
        output = new Linear(config.Width, config.Width);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var queries = query.forward(tokens);
        using var keys = key.forward(tokens);
        using var values = value.forward(tokens);
        return AttentionHeads.Attend(queries, keys, values, heads, causal).Into(output);
    }
}
