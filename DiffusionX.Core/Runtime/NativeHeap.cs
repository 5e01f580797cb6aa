using System.Runtime.InteropServices;

namespace DiffusionX.Runtime;

/// <summary>
/// The heap of the C library, which libtorch's tensors on a CPU come from. glibc keeps what is freed for later: between two parts of a run
/// that take memory of different sizes, hundreds of megabytes.
/// </summary>
internal static partial class NativeHeap
{
    // mallopt's names for what it sets, from glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    private const int LargestKept = 48 << 20;

    private static bool isMissing = !OperatingSystem.IsLinux();

    /// <summary>Gives the system back what is free, where the C library can: glibc alone.</summary>
    public static void Trim()
    {
        Try(() => MallocTrim(0));
    }

    /// <summary>
    /// Has what is freed kept for later: glibc takes large blocks from the system and gives them back each time, which costs a page fault for
    /// every 4 kB of every feature map. One heap for all threads, since those of the others are too small for maps. Only the largest maps, which
    /// are few, go back: glibc seldom puts an aligned block where one of the same size was freed, so that each would make the heap longer.
    /// </summary>
    public static void RetainFreed()
    {
        Try(() => Mallopt(MmapThreshold, LargestKept) & Mallopt(TrimThreshold, int.MaxValue) & Mallopt(ArenaMax, 1));
    }

    private static void Try(Func<int> call)
    {
        if (isMissing)
        {
            return;
        }

        try
        {
            _ = call();
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            isMissing = true;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint keep);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Mallopt(int parameter, int value);
}
