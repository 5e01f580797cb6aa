using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>A linear layer under the name that transformers gives it in BERT.</summary>
internal sealed class Dense : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "dense")]
    private readonly Linear linear;

    public Dense(long inputs, long outputs)
        : base(nameof(Dense))
    {
        linear = new Linear(inputs, outputs);
        RegisterComponents();
    }

    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public override Tensor forward(Tensor input) => linear.forward(input);
}
