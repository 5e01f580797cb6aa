using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>Attention of all positions of a feature map to each other, with one head, on top of the map.</summary>
internal sealed class VaeAttention : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "group_norm")]
    private readonly GroupNorm norm;

    [ComponentName(Name = "to_q")]
    private readonly Linear toQuery;

    [ComponentName(Name = "to_k")]
    private readonly Linear toKey;

    [ComponentName(Name = "to_v")]
    private readonly Linear toValue;

    [ComponentName(Name = "to_out")]
    private readonly ModuleList<Linear> toOutput;

    public VaeAttention(long channels, ResnetConfig resnet)
        : base(nameof(VaeAttention))
    {
        norm = new GroupNorm(resnet.Groups, channels, resnet.Epsilon);
        toQuery = new Linear(channels, channels);
        toKey = new Linear(channels, channels);
        toValue = new Linear(channels, channels);
        toOutput = new ModuleList<Linear>(new Linear(channels, channels));
        RegisterComponents();
    }

    /// <param name="input">[B, C, h, w].</param>
    /// <returns>[B, C, h, w].</returns>
    public override Tensor forward(Tensor input) => Attend(input, (query, key, value) => AttentionHeads.Attend(query, key, value, heads: 1));

    /// <summary>The same, some of the queries at a time.</summary>
    /// <param name="input">[1, C, h, w].</param>
    /// <param name="strips">How many.</param>
    public Tensor Forward(Tensor input, Strips strips) => Attend(input, strips.Attend);

    private Tensor Attend(Tensor input, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        using var tokens = norm.ToTokens(input);
        using var query = toQuery.forward(tokens);
        using var key = toKey.forward(tokens);
        using var value = toValue.forward(tokens);
        return attend(query, key, value)
            .Into(toOutput[0])
            .Into(t => FeatureMap.FromTokens(t, input.size(2), input.size(3)))
            .Plus(input);
    }
}
