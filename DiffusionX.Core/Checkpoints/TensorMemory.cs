using TorchSharp;
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

    /// <summary>Fills a tensor with what lies in memory, converting where type, device or memory order differ.</summary>
    public static void Fill(Tensor target, byte* source, TensorEntry entry)
    {
        if (target.dtype == entry.DType && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            Copy(source, Pointer(target), entry.Length);
            return;
        }

        using var scope = NewDisposeScope();
        var staged = empty(target.shape, entry.DType);
        Copy(source, Pointer(staged), entry.Length);
        target.copy_(staged);
    }

    public static void Copy(byte* source, byte* target, long length) => Buffer.MemoryCopy(source, target, length, length);
}
