using DiffusionX.Imaging;

namespace DiffusionX.Cli.Generation;

/// <summary>The names of the files that a run writes.</summary>
internal static class OutputFiles
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>Finds out before the work whether the file can be written after it.</summary>
    /// <exception cref="PictureException">The folder is not there, or no picture format has that ending.</exception>
    public static void Check(string path)
    {
        if (!Endings.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            throw new PictureException($"{path}: the ending has to be one of {string.Join(", ", Endings)}.");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (Directory.Exists(path) || !Directory.Exists(folder))
        {
            throw new PictureException(Directory.Exists(path) ? $"{path} is a folder; name a file." : $"There is no folder {folder} to write {Path.GetFileName(path)} to.");
        }
    }

    /// <summary>The path of one of several pictures: cats.png becomes cats-1.png, cats-2.png …</summary>
    public static string Name(string path, int number, int count) =>
        count == 1 ? path : Path.ChangeExtension(path, null) + $"-{number}{Path.GetExtension(path)}";
}
