using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Runtime.Versioning;
using TorchSharp;

namespace DiffusionX.Runtime;

/// <summary>
/// Loads TorchSharp's native library where the system's own loader refuses it.
/// </summary>
/// <remarks>
/// TorchSharp 0.107's libLibTorchSharp.so was linked against GCC 13 and asks libstdc++ for the version GLIBCXX_3.4.32, for one symbol that
/// nothing calls. Debian 12 and Ubuntu 22.04 have older ones, so the load fails. The fallback loads a copy in memory in which that need is
/// marked weak.
/// </remarks>
internal static class NativeLibraryFallback
{
    private const string LibraryName = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";
    private const string NewestVersionNeed = "GLIBCXX_3.4.32";

    private static readonly Lock Gate = new();
    private static nint loaded;

    /// <summary>The file that was loaded by the fallback, or null where the system's loader managed without.</summary>
    public static string? LoadedFrom { get; private set; }

    // The runtime asks this event only after its own search has failed: whatever loads by itself is left alone.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage", "CA2255", Justification = "It has to be in place before the first use of TorchSharp, whoever makes it.")]
    internal static void Register()
    {
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            var context = AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default;
            context.ResolvingUnmanagedDll += (_, name) => name == LibraryName && OperatingSystem.IsLinux() ? Load() : 0;
        }
    }

    [SupportedOSPlatform("linux")]
    private static nint Load()
    {
        lock (Gate)
        {
            if (loaded == 0 && NativeSearchPath.Find(FileName) is { } path)
            {
                loaded = LoadCorrectedCopy(path);
                LoadedFrom = loaded == 0 ? null : path;
            }

            return loaded;
        }
    }

    [SupportedOSPlatform("linux")]
    private static nint LoadCorrectedCopy(string path)
    {
        var image = File.ReadAllBytes(path);
        if (!ElfVersionRequirements.Weaken(image, NewestVersionNeed) || !LoadTorch())
        {
            return 0;
        }

        using var copy = new MemoryFile(FileName, image);
        return NativeLibrary.TryLoad(copy.Path, out var handle) ? handle : 0;
    }

    // A library in memory has no folder in which the linker could look for its neighbours: they must be there before it.
    private static bool LoadTorch()
    {
        string[] required = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
        string[] optional = ["libc10_cuda.so", "libtorch_cuda.so"];
        return required.All(TryLoad) && (optional.All(name => NativeSearchPath.Find(name) is null) || optional.All(TryLoad));

        static bool TryLoad(string name) => NativeSearchPath.Find(name) is { } path && NativeLibrary.TryLoad(path, out _);
    }
}
