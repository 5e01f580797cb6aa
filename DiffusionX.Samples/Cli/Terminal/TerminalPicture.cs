using DiffusionX.Imaging;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DiffusionX.Cli.Terminal;

/// <summary>
/// A picture drawn with characters: every cell of the terminal shows two pixels, as the colours of an upper half block and its background.
/// </summary>
internal sealed class TerminalPicture : IRenderable
{
    private const string UpperHalf = "▀";

    private readonly Picture picture;

    private TerminalPicture(Picture picture) => this.picture = picture;

    /// <summary>Draws the picture, unless <paramref name="console"/> goes to a file or has too few colours to show one.</summary>
    /// <param name="console">Where to draw.</param>
    /// <param name="picture">Any size; it is made to fit.</param>
    /// <param name="maximumColumns">The most character cells it may take side by side.</param>
    public static void Draw(IAnsiConsole console, Picture picture, int maximumColumns = 64)
    {
        var columns = Math.Min(maximumColumns, console.Profile.Width);
        if (CanShowPictures(console) && columns > 0)
        {
            console.Write(new TerminalPicture(Fit(picture, columns)));
        }
    }

    Measurement IRenderable.Measure(RenderOptions options, int maxWidth) => new(picture.Width, picture.Width);

    IEnumerable<Segment> IRenderable.Render(RenderOptions options, int maxWidth)
    {
        for (var y = 0; y < picture.Height; y += 2)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                yield return new Segment(UpperHalf, new Style(ColourAt(x, y), ColourAt(x, y + 1)));
            }

            yield return Segment.LineBreak;
        }
    }

    private static bool CanShowPictures(IAnsiConsole console) =>
        console.Profile.Capabilities is { Ansi: true, Unicode: true, ColorSystem: ColorSystem.EightBit or ColorSystem.TrueColor };

    // Into a square of that many pixels, with an even height: two rows share a line.
    private static Picture Fit(Picture picture, int columns)
    {
        var scale = Math.Min((double)columns / Math.Max(picture.Width, picture.Height), 1);
        var width = Math.Max((int)Math.Round(picture.Width * scale), 1);
        var lines = Math.Max((int)Math.Round(picture.Height * scale / 2), 1);
        return picture.Resize(width, 2 * lines);
    }

    private Color ColourAt(int x, int y)
    {
        var pixel = picture.Pixels.Slice(((y * picture.Width) + x) * 3, 3);
        return new Color(pixel[0], pixel[1], pixel[2]);
    }
}
