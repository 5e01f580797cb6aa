using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>Multi-head attention of a text to itself, added to what came in and normalised.</summary>
internal sealed class BertAttention : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "self")]
    private readonly Projections projections;

    [ComponentName(Name = "output")]
    private readonly BertOutput output;

    private readonly long heads;

    public BertAttention(BertConfig config)
        : base(nameof(BertAttention))
    {
        heads = config.Heads;
        projections = new Projections(config.HiddenSize);
        output = new BertOutput(config.HiddenSize, config.HiddenSize, config.NormEpsilon);
        RegisterComponents();
    }

    /// <param name="tokens">[B, L, width].</param>
    /// <param name="visible">Which tokens are there, [B, 1, 1, L].</param>
    /// <returns>[B, L, width].</returns>
    public override Tensor forward(Tensor tokens, Tensor visible)
    {
        using var query = projections.Query.forward(tokens);
        using var key = projections.Key.forward(tokens);
        using var value = projections.Value.forward(tokens);
        return AttentionHeads.Attend(query, key, value, heads, visible: visible).Into(attended => output.forward(attended, tokens));
    }

    private sealed class Projections : nn.Module
    {
        [ComponentName(Name = "query")]
        public readonly Linear Query;

        [ComponentName(Name = "key")]
        public readonly Linear Key;

        [ComponentName(Name = "value")]
        public readonly Linear Value;

        public Projections(long width)
            : base(nameof(Projections))
        {
            Query = new Linear(width, width);
            Key = new Linear(width, width);
            Value = new Linear(width, width);
            RegisterComponents();
        }
    }
}
