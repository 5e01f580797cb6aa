using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Matrices that lie one after another in memory, so that they are one matrix too.</summary>
/// <param name="Whole">[count·outputs, inputs].</param>
/// <param name="Parts">Each of them, [outputs, inputs], a view.</param>
internal sealed record StackedMatrices(Tensor Whole, IReadOnlyList<Parameter> Parts) : IDisposable
{
    /// <summary>Computes with all of them at once.</summary>
    /// <param name="dtype">The type to compute in.</param>
    /// <param name="compute">What to compute with the whole matrix.</param>
    public Tensor Use(ScalarType dtype, Func<Tensor, Tensor> compute)
    {
        // Gradients belong to the parameters, which the whole does not know.
        if (is_grad_enabled())
        {
            using var joined = cat([.. Parts], 0);
            return compute(joined);
        }

        if (Whole.dtype == dtype)
        {
            return compute(Whole);
        }

        using var wide = Whole.to(dtype);
        return compute(wide);
    }

    /// <summary>Disposes the whole; the parts belong to their layers.</summary>
    public void Dispose() => Whole.Dispose();
}
