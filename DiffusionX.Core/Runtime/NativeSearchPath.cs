namespace DiffusionX.Runtime;

/// <summary>The folders in which this process looks for native libraries: those of its packages, and its own.</summary>
internal static class NativeSearchPath
{
    /// <summary>The full path of the first file of that name, or null.</summary>
    public static string? Find(string fileName) => Folders().Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Folders()
    {
        var packages = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return packages.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory);
    }
}
