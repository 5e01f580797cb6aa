using System.Runtime.InteropServices;

namespace DiffusionX.Runtime;

/// <summary>Tells a lack of memory from libtorch's other errors.</summary>
internal static class OutOfMemory
{
    // Its allocators say so in words only: "CUDA out of memory" and "DefaultCPUAllocator: can't allocate memory" or "not enough memory".
    public static bool Is(Exception error) =>
        error is ExternalException
        && (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("DefaultCPUAllocator", StringComparison.Ordinal));
}
