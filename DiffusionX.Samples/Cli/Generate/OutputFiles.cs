namespace DiffusionX.Cli.Generate;

/// <summary>The names of the files that a run writes.</summary>
internal static class OutputFiles
{
    /// <summary>The name of a picture for which the user gave none.</summary>
    public const string Unnamed = "picture.png";

    /// <summary>
    /// The path of a run's picture. A name that the user chose is taken as it is, or as cats-1.png, cats-2.png … for several; without one,
    /// the first of picture.png, picture-2.png … is taken that is free now.
    /// </summary>
    /// <param name="chosen">The name that the user chose.</param>
    /// <param name="count">How many pictures there will be.</param>
    /// <param name="index">Which one of them it is.</param>
    public static string Name(string? chosen, int count, int index) => chosen switch
    {
        null => Free(Unnamed),
        _ when count == 1 => chosen,
        _ => Numbered(chosen, from: index + 1).First(),
    };

    /// <summary>A name that no file has: this one, or with -2, -3 … before its ending.</summary>
    public static string Free(string path) => FreeOnes(path).First();

    private static IEnumerable<string> FreeOnes(string path) => Numbered(path, from: 2).Prepend(path).Where(name => !Path.Exists(name));

    private static IEnumerable<string> Numbered(string path, int from) =>
        Enumerable.Range(from, int.MaxValue - from).Select(number => Path.ChangeExtension(path, null) + $"-{number}{Path.GetExtension(path)}");
}
