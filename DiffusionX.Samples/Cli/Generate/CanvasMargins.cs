using System.CommandLine.Parsing;
using System.Globalization;

namespace DiffusionX.Cli.Generate;

/// <summary>How far a picture's canvas is extended, in pixels: <c>--outpaint left,top,right,bottom</c>.</summary>
internal sealed record CanvasMargins(int Left, int Top, int Right, int Bottom)
{
    private const int Sides = 4;

    public static CanvasMargins? Parse(ArgumentResult argument)
    {
        var numbers = argument.Tokens[0].Value.Split(',');
        int[] margins = [.. numbers.Select(number =>
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pixels) ? pixels : -1)];
        if (margins.Length == Sides && margins.All(pixels => pixels >= 0) && margins.Any(pixels => pixels > 0))
        {
            return new CanvasMargins(margins[0], margins[1], margins[2], margins[3]);
        }

        argument.AddError(
            $"'{argument.Tokens[0].Value}' is no canvas: --outpaint takes the pixels to add at the left, top, right and bottom, "
            + "such as 64,0,64,0.");
        return null;
    }
}
