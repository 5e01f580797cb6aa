using DiffusionX.Imaging;

namespace DiffusionX.Cli.Generate;

/// <summary>The names of the files that a run writes.</summary>
internal static class OutputFiles
{
    /// <summary>The name of a picture for which the user gave none.</summary>
    public const string Unnamed = "picture.png";

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

    /// <summary>
    /// The paths of a run's pictures. A name that the user chose is taken as it is, or as cats-1.png, cats-2.png … for several; without one,
    /// picture.png, picture-2.png … are taken, as far as they are free.
    /// </summary>
    public static IReadOnlyList<string> Names(string? chosen, int count) => chosen switch
    {
        null => [.. FreeOnes(Unnamed).Take(count)],
        _ when count == 1 => [chosen],
        _ => [.. Numbered(chosen, from: 1).Take(count)],
    };

    /// <summary>A name that no file has: this one, or with -2, -3 … before its ending.</summary>
    public static string Free(string path) => FreeOnes(path).First();

    private static IEnumerable<string> FreeOnes(string path) => Numbered(path, from: 2).Prepend(path).Where(name => !Path.Exists(name));

    private static IEnumerable<string> Numbered(string path, int from) =>
        Enumerable.Range(from, int.MaxValue - from).Select(number => Path.ChangeExtension(path, null) + $"-{number}{Path.GetExtension(path)}");
}
