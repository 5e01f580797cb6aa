using System.Runtime.InteropServices;

namespace DiffusionX.Runtime;

/// <summary>Tells a lack of memory from libtorch's other errors.</summary>
internal static class OutOfMemory
{
    // Its allocators say so in words only: "CUDA out of memory" and "DefaultCPUAllocator: can't allocate memory" or "not enough memory".
    public static bool Is(Exception error) =>
        error is ExternalException
        && (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("DefaultCPUAllocator", StringComparison.Ordinal));

    /// <summary>What whoever asked for the work is told.</summary>
    public static DeviceMemoryException Explain(Exception error) => new(
        "The device ran out of memory during this run. Ask for fewer pictures at once or a smaller size, or use a device with more memory.", error);
}
