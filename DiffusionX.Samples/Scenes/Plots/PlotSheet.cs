using ScottPlot;

namespace DiffusionX.Scenes.Plots;

/// <summary>
/// An empty plot whose text can be read. SkiaSharp's build without dependencies asks no font service, so that on Linux it has to be shown a
/// font file; where the machine has none of the usual ones, plots have no text.
/// </summary>
internal static class PlotSheet
{
    private const string FontName = "DiffusionX plots";

    private static readonly string[] FontFolders =
    [
        "/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share", "fonts"),
    ];

    private static readonly (string Regular, string Bold)[] FontFiles =
    [
        ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"), ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
        ("Ubuntu-R.ttf", "Ubuntu-B.ttf"), ("Arial.ttf", "Arial_Bold.ttf"),
    ];

    // Labels take the default font when they are made, so it has to be there before the first plot.
    private static readonly Lazy<bool> Font = new(UseFont);

    /// <summary>A new plot.</summary>
    public static Plot New()
    {
        _ = Font.Value;
        return new Plot();
    }

    private static bool UseFont()
    {
        var files = OperatingSystem.IsLinux() ? FindFonts() : [];
        var found = FontFiles.FirstOrDefault(font => files.ContainsKey(font.Regular));
        if (found.Regular is null)
        {
            return false;
        }

        Fonts.AddFontFile(FontName, files[found.Regular], bold: false, italic: false);
        Fonts.AddFontFile(FontName, files.GetValueOrDefault(found.Bold, files[found.Regular]), bold: true, italic: false);
        Fonts.Default = FontName;
        return true;
    }

    private static Dictionary<string, string> FindFonts()
    {
        var anywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return FontFolders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.ttf", anywhere))
            .GroupBy(Path.GetFileName)
            .ToDictionary(files => files.Key!, files => files.First());
    }
}
