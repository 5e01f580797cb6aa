namespace DiffusionX.Fuzz;

/// <summary>A folder of this process for inputs that are read as files. What is left of it after a crash lies among temporary files.</summary>
internal static class InputFolder
{
    private static readonly Lazy<string> Root = new(Create);

    /// <summary>Writes a file into it, over the last one of that name.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(Root.Value, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>An empty folder in it.</summary>
    public static string Empty(string name)
    {
        var path = Path.Combine(Root.Value, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Directory.CreateDirectory(path).FullName;
    }

    private static string Create()
    {
        var path = Directory.CreateTempSubdirectory("diffusionx-fuzz-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}
