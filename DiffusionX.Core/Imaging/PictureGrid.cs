namespace DiffusionX.Imaging;

/// <summary>Several pictures on one sheet, to be looked at side by side.</summary>
internal static class PictureGrid
{
    /// <summary>Puts the pictures into one row, from left to right.</summary>
    /// <inheritdoc cref="Of"/>
    public static Picture Row(IReadOnlyList<Picture> pictures, int gap = 0)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return Of(pictures, Math.Max(pictures.Count, 1), gap);
    }

    /// <summary>
    /// Puts the pictures into rows of <paramref name="columns"/>, on white. Every cell is as large as the largest picture; smaller ones are
    /// centred.
    /// </summary>
    /// <param name="pictures">At least one, in reading order.</param>
    /// <param name="columns">How many stand side by side, at least 1.</param>
    /// <param name="gap">White pixels between the cells.</param>
    /// <exception cref="ArgumentException">There is no picture, or a number is out of its range.</exception>
    public static Picture Of(IReadOnlyList<Picture> pictures, int columns, int gap = 0)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Count, nameof(pictures));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);

        var rows = (pictures.Count + columns - 1) / columns;
        var cellWidth = pictures.Max(picture => picture.Width);
        var cellHeight = pictures.Max(picture => picture.Height);
        var width = checked((columns * (cellWidth + gap)) - gap);
        var height = checked((rows * (cellHeight + gap)) - gap);
        var sheet = new byte[checked(width * height * Picture.Channels)];
        sheet.AsSpan().Fill(255);
        for (var i = 0; i < pictures.Count; i++)
        {
            var picture = pictures[i];
            var left = (i % columns * (cellWidth + gap)) + ((cellWidth - picture.Width) / 2);
            var top = (i / columns * (cellHeight + gap)) + ((cellHeight - picture.Height) / 2);
            Paste(picture, sheet.AsSpan(((top * width) + left) * Picture.Channels), width);
        }

        return Picture.Over(width, height, sheet);
    }

    private static void Paste(Picture picture, Span<byte> from, int sheetWidth)
    {
        for (var y = 0; y < picture.Height; y++)
        {
            picture.Row(y).CopyTo(from[(y * sheetWidth * Picture.Channels)..]);
        }
    }
}
