using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Runtime.Versioning;

namespace DiffusionX.Runtime;

/// <summary>
/// Lets MKL, which libtorch's matrix products come from, use all that an AMD processor has.
/// </summary>
/// <remarks>
/// MKL asks its own function <c>mkl_serv_intel_cpu_true</c> before it takes kernels for AVX-512, and gives AMD's processors those for AVX2 whatever they can do. The
/// function is found by its name, so a library that is loaded before libtorch, and visible to all, can answer for it. Which instructions there are MKL still finds
/// out by itself. The library is made in memory: one page that returns 1.
/// </remarks>
internal static partial class MklOnAmd
{
    private const string Question = "mkl_serv_intel_cpu_true";
    private const int Now = 2;
    private const int Global = 0x100;

    /// <summary>Answers the question, if this is an AMD processor with AVX2 under Linux and libtorch is not loaded yet.</summary>
    /// <returns>Whether MKL will use everything.</returns>
    public static bool Enable()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 || !IsAmd() || !Avx2.IsSupported)
        {
            return false;
        }

        try
        {
            return Load();
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    [SupportedOSPlatform("linux")]
    private static bool Load()
    {
        // Machine code of "return 1": mov eax, 1; ret.
        var image = ElfLibrary.OfFunction(Question, [0xB8, 1, 0, 0, 0, 0xC3]);
        using var library = new MemoryFile(Question, image);
        return Open(library.Path, Now | Global) != 0;
    }

    private static bool IsAmd()
    {
        var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);
        ReadOnlySpan<int> name = [ebx, edx, ecx];
        return MemoryMarshal.AsBytes(name).SequenceEqual("AuthenticAMD"u8);
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
