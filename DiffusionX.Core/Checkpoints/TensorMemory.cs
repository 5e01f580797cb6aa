using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>Between a tensor's own memory and plain bytes.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>Where the first element of a contiguous CPU tensor lies. Spans end at 2 GiB, tensors do not.</summary>
    public static byte* Pointer(Tensor tensor)
    {
        using var flat = tensor.view(-1);
        using var first = flat.narrow(0, 0, 1);
        fixed (byte* pointer = first.bytes)
        {
            // libtorch's memory does not move: the pointer holds for as long as the tensor does.
            return pointer;
        }
    }
}
