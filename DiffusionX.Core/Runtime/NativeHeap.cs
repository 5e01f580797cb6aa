using System.Runtime.InteropServices;

namespace DiffusionX.Runtime;

/// <summary>
/// The heap of the C library, which libtorch's tensors on a CPU come from. glibc keeps what is freed for later: between two parts of a run
/// that take memory of different sizes, hundreds of megabytes.
/// </summary>
internal static partial class NativeHeap
{
    private static bool isMissing = !OperatingSystem.IsLinux();

    /// <summary>Gives the system back what is free, where the C library can: glibc alone.</summary>
    public static void Trim()
    {
        if (isMissing)
        {
            return;
        }

        try
        {
            _ = MallocTrim(0);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            isMissing = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);
}
