using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DiffusionX.Runtime;

/// <summary>The libtorch that this process runs on: whether it loads, from where, and on which devices it computes.</summary>
public static class TorchRuntime
{
    private static readonly Lazy<Exception?> Failure = new(TryLoad);

    /// <summary>
    /// The path of TorchSharp's native library, or null where it was not found in the folders of the application's packages.
    /// </summary>
    public static string? LibraryPath => NativeLibraryFallback.LoadedFrom ?? NativeSearchPath.Find(LibraryFileName);

    /// <summary>
    /// Whether the native library had to be loaded from a corrected copy in memory, as on Debian 12 and Ubuntu 22.04, whose libstdc++ is
    /// older than the one that TorchSharp was linked against. False before <see cref="EnsureLoaded"/>.
    /// </summary>
    public static bool UsedFallback => NativeLibraryFallback.LoadedFrom is not null;

    /// <summary>The version of the TorchSharp package.</summary>
    public static string TorchSharpVersion => InformationalVersion(typeof(torch).Assembly);

    /// <summary>The version of libtorch. Loads it.</summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
    public static string LibTorchVersion
    {
        get
        {
            EnsureLoaded();
            return torch.__version__;
        }
    }

    /// <summary>The devices that compute: <c>cpu</c>, then <c>cuda:0</c>, <c>cuda:1</c> … Loads libtorch.</summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
    public static IReadOnlyList<string> Devices
    {
        get
        {
            EnsureLoaded();
            var cudaDevices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
            return ["cpu", .. Enumerable.Range(0, cudaDevices).Select(i => $"cuda:{i}")];
        }
    }

    /// <summary>
    /// How many of the processor's threads share an operation where nothing else is said, as it was when libtorch was loaded: all cores, or
    /// OMP_NUM_THREADS. Asked later, libtorch gives a thread that begins while a small model computes that model's number.
    /// </summary>
    internal static int ProcessorThreads { get; private set; } = 1;

    private static string LibraryFileName =>
        OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    private static string TorchFileName =>
        OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

    /// <summary>
    /// Sets up this process for computing on the CPU: memory that is freed stays in the process (glibc), and MKL may use all instructions of AMD's
    /// processors (Linux on x64). A program calls it as its first act; a library leaves its host as it is. Does nothing where there is nothing to
    /// gain, once libtorch is loaded, or where the environment says <c>DIFFUSIONX_TUNING=off</c>.
    /// </summary>
    public static void TuneProcess()
    {
        if (Failure.IsValueCreated || Environment.GetEnvironmentVariable("DIFFUSIONX_TUNING") == "off")
        {
            return;
        }

        NativeHeap.RetainFreed();
        MklOnAmd.Enable();
    }

    /// <summary>Loads libtorch, once per process. Everything in DiffusionX that computes calls this first.</summary>
    /// <exception cref="TorchUnavailableException">libtorch or TorchSharp's native library can't be loaded; the message says what to
    /// do.</exception>
    public static void EnsureLoaded()
    {
        if (Failure.Value is { } cause)
        {
            throw new TorchUnavailableException(Explain(), cause);
        }
    }

    private static Exception? TryLoad()
    {
        // Asked for a library that is not there, TorchSharp writes its search to the console and copies package folders about.
        if (IsMissing("torch_cpu", TorchFileName) || IsMissing("LibTorchSharp", LibraryFileName))
        {
            return new DllNotFoundException("A native library is missing.");
        }

        LoadFromElsewhere();
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
            using var probe = torch.empty(1);
            ProcessorThreads = torch.get_num_threads();
            return null;
        }
        catch (Exception error) when (error is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            return error;
        }
    }

    // The system's loader does not look there, but it knows by its name a library that is loaded.
    private static void LoadFromElsewhere()
    {
        var (prefix, ending) = OperatingSystem.IsWindows() ? ("", "dll") : ("lib", OperatingSystem.IsMacOS() ? "dylib" : "so");
        foreach (var name in new[] { "c10", "torch_cpu", "torch" })
        {
            if (NativeSearchPath.FindElsewhere($"{prefix}{name}.{ending}") is { } path)
            {
                NativeLibrary.TryLoad(path, out _);
            }
        }
    }

    private static bool IsMissing(string library, string fileName) =>
        NativeSearchPath.Find(fileName) is null && !NativeLibrary.TryLoad(library, typeof(torch).Assembly, null, out _);

    private static string Explain()
    {
        var platform = RuntimeInformation.RuntimeIdentifier;
        if (NativeSearchPath.Find(TorchFileName) is null)
        {
            return $"libtorch was not found for {platform} ({TorchFileName}). Add the package TorchSharp-cpu, version {TorchSharpVersion}, to the application, "
                + "or TorchSharp-cuda-linux or TorchSharp-cuda-windows for an NVIDIA GPU: DiffusionX leaves that choice to the application.";
        }

        return $"libtorch was found for {platform}, but TorchSharp's native library ({LibraryPath ?? LibraryFileName + ", missing"}) was not loaded. "
            + $"Check that every TorchSharp package has the version {TorchSharpVersion}, and that the system's C++ runtime is not older than GCC 12's.";
    }

    private static string InformationalVersion(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
