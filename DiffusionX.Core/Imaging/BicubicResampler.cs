namespace DiffusionX.Imaging;

/// <summary>
/// Bicubic resampling with antialiasing, as Pillow does it: CLIP was trained and is measured with its numbers, and Skia's are others.
/// </summary>
/// <remarks>
/// Keys' cubic kernel with a = -0.5 ("Cubic convolution interpolation for digital image processing", 1981), stretched by the scale where
/// the picture shrinks. First along the rows, then along the columns; weights in fixed point with 22 fractional bits, and 8-bit values
/// after each of the two passes.
/// </remarks>
internal static class BicubicResampler
{
    private const double KernelRadius = 2;
    private const int FractionBits = 22;
    private const int Half = 1 << (FractionBits - 1);

    public static Picture Resize(Picture picture, int width, int height)
    {
        var narrowed = width == picture.Width ? picture : ResizeRows(picture, width);
        return height == narrowed.Height ? narrowed : ResizeColumns(narrowed, height);
    }

    private static Picture ResizeRows(Picture picture, int width)
    {
        var taps = Taps.ForEach(picture.Width, width);
        var result = new byte[width * picture.Height * Picture.Channels];
        var target = 0;
        for (var y = 0; y < picture.Height; y++)
        {
            var row = picture.Row(y);
            foreach (var tap in taps)
            {
                var (red, green, blue) = (Half, Half, Half);
                var source = tap.First * Picture.Channels;
                foreach (var weight in tap.Weights)
                {
                    red += weight * row[source++];
                    green += weight * row[source++];
                    blue += weight * row[source++];
                }

                result[target++] = ToByte(red);
                result[target++] = ToByte(green);
                result[target++] = ToByte(blue);
            }
        }

        return Picture.Over(width, picture.Height, result);
    }

    private static Picture ResizeColumns(Picture picture, int height)
    {
        var rowLength = picture.Width * Picture.Channels;
        var result = new byte[rowLength * height];
        var sums = new int[rowLength];
        var target = 0;
        foreach (var tap in Taps.ForEach(picture.Height, height))
        {
            Array.Fill(sums, Half);
            for (var i = 0; i < tap.Weights.Length; i++)
            {
                AddWeighted(sums, picture.Row(tap.First + i), tap.Weights[i]);
            }

            foreach (var sum in sums)
            {
                result[target++] = ToByte(sum);
            }
        }

        return Picture.Over(picture.Width, height, result);
    }

    private static void AddWeighted(Span<int> sums, ReadOnlySpan<byte> row, int weight)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] += weight * row[i];
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static double Kernel(double distance)
    {
        const double a = -0.5;
        var x = Math.Abs(distance);
        return x switch
        {
            < 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => ((((((x - 5) * x) + 8) * x) - 4) * a),
            _ => 0,
        };
    }

    /// <summary>The pixels that one resampled pixel is made of: consecutive ones along a line, with their weights in fixed point.</summary>
    private readonly record struct Taps(int First, int[] Weights)
    {
        /// <summary>The taps of each of <paramref name="to"/> pixels that are made from <paramref name="from"/>.</summary>
        public static Taps[] ForEach(int from, int to)
        {
            var scale = (double)from / to;
            return [.. Enumerable.Range(0, to).Select(i => Around((i + 0.5) * scale, Math.Max(scale, 1), from))];
        }

        private static Taps Around(double centre, double stretch, int length)
        {
            var radius = KernelRadius * stretch;
            var first = Math.Max((int)(centre - radius + 0.5), 0);
            var end = Math.Min((int)(centre + radius + 0.5), length);
            var weights = Enumerable.Range(first, end - first).Select(i => Kernel((i + 0.5 - centre) / stretch)).ToArray();
            var sum = weights.Sum();
            return new(first, [.. weights.Select(weight => ToFixedPoint(weight / sum))]);
        }

        private static int ToFixedPoint(double weight) => (int)Math.Round(weight * (1 << FractionBits), MidpointRounding.AwayFromZero);
    }
}
