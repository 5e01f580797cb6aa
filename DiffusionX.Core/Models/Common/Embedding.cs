using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>A table of learned vectors, looked up by index.</summary>
internal sealed class Embedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public Embedding(long entries, long width)
        : base(nameof(Embedding))
    {
        weight = ParameterPlacement.Allocate(entries, width);
        RegisterComponents();
    }

    /// <summary>The first <paramref name="count"/> vectors, [count, width]: the positions of a sequence of that length.</summary>
    public Tensor First(long count) => weight.narrow(0, 0, count);

    /// <param name="input">Indices of any shape, int64.</param>
    /// <returns>[…, width].</returns>
    public override Tensor forward(Tensor input) => weight[TensorIndex.Tensor(input)];
}
