namespace DiffusionX.Runtime;

/// <summary>The folders in which this process looks for native libraries: those of its packages, its own, and one that is named for libtorch.</summary>
internal static class NativeSearchPath
{
    /// <summary>The environment variable, and the name of the program's own data (<see cref="AppContext.SetData"/>), with the folder of a libtorch that lies elsewhere.</summary>
    public const string LibTorchFolder = "DIFFUSIONX_LIBTORCH";

    private static string? Named => Environment.GetEnvironmentVariable(LibTorchFolder) is { Length: > 0 } folder ? folder : AppContext.GetData(LibTorchFolder) as string;

    /// <summary>The full path of the first file of that name, or null.</summary>
    public static string? Find(string fileName) => FindOwn(fileName) ?? FindNamed(fileName);

    /// <summary>The full path of a file of that name in the folder that is named for libtorch, if the process's own have none; or null.</summary>
    public static string? FindElsewhere(string fileName) => FindOwn(fileName) is null ? FindNamed(fileName) : null;

    private static string? FindNamed(string fileName) => Named is { } folder && Path.Combine(folder, fileName) is var path && File.Exists(path) ? path : null;

    private static string? FindOwn(string fileName) => Folders().Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Folders()
    {
        var packages = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return packages.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory);
    }
}
