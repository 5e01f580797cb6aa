using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// An operation that a processor may compute for seconds, such as a convolution of a whole picture's map: it is computed in pieces, with a
/// look at <see cref="ComputeCancellation"/> before each, so that whoever presses Ctrl-C waits no longer than for one of them.
/// </summary>
internal static class LongOperation
{
    // Half a second on two cores, and below two seconds on a machine that does other work besides.
    private const long PieceWork = 32_000_000_000;

    /// <summary>In how many pieces an operation is computed.</summary>
    /// <param name="multiplyAdds">What it takes.</param>
    /// <param name="input">What it computes on. Other devices are fast, and training, which has gradients, stops between its steps.</param>
    public static long Pieces(long multiplyAdds, Tensor input)
    {
        ComputeCancellation.ThrowIfRequested();
        return multiplyAdds > PieceWork && input.device_type == TorchSharp.DeviceType.CPU && !is_grad_enabled() ? ((multiplyAdds - 1) / PieceWork) + 1 : 1;
    }

    /// <summary>Computes pieces and puts them together.</summary>
    /// <param name="length">What is divided: rows of a map, or queries.</param>
    /// <param name="pieces">In how many pieces.</param>
    /// <param name="dimension">Along which they are put together.</param>
    /// <param name="compute">Computes so many from the first.</param>
    public static Tensor InPieces(long length, long pieces, long dimension, Func<long, long, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        var together = Math.Max(1, ((length - 1) / pieces) + 1);
        var parts = new List<Tensor>();
        for (var first = 0L; first < length; first += together)
        {
            ComputeCancellation.ThrowIfRequested();
            using var piece = NewDisposeScope();
            parts.Add(compute(first, Math.Min(together, length - first)).MoveToOuterDisposeScope());
        }

        return cat(parts, dimension).MoveToOuterDisposeScope();
    }
}
