using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>The first token's hidden state through a linear layer and tanh.</summary>
internal sealed class BertPooler : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "dense")]
    private readonly Linear linear;

    public BertPooler(long width)
        : base(nameof(BertPooler))
    {
        linear = new Linear(width, width);
        RegisterComponents();
    }

    /// <param name="tokens">[B, L, width].</param>
    /// <returns>[B, width].</returns>
    public override Tensor forward(Tensor tokens) => tokens.select(1, 0).Into(linear).tanh_();
}
