using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>A table of learned vectors, looked up by index.</summary>
internal sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly bool widens = ParameterPlacement.StoresNarrow;
    private readonly ScalarType computed = ParameterPlacement.ComputedType;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public Embedding(long entries, long width)
        : base(nameof(Embedding))
    {
        weight = ParameterPlacement.AllocateMatrix(entries, width);
        RegisterComponents();
    }

    /// <summary>The first <paramref name="count"/> vectors, [count, width]: the positions of a sequence of that length.</summary>
    public Tensor First(long count)
    {
        var first = weight.narrow(0, 0, count);
        return widens ? first.Into(narrow => narrow.to(computed)) : first;
    }

    /// <param name="input">Indices of any shape, int64.</param>
    /// <returns>[…, width].</returns>
    public override Tensor forward(Tensor input)
    {
        var found = weight[TensorIndex.Tensor(input)];
        return widens ? found.Into(narrow => narrow.to(computed)) : found;
    }
}
