using System.Globalization;

namespace DiffusionX.Fuzz;

/// <summary>The values of boundaries.dict, which AFL++ reads too.</summary>
internal static class BoundaryValues
{
    public static IReadOnlyList<byte[]> All { get; } =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "boundaries.dict")).Where(line => line.Contains('=', StringComparison.Ordinal)).Select(Parse)];

    private static byte[] Parse(string line)
    {
        var text = line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..line.LastIndexOf('"')];
        List<byte> value = [];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                value.Add((byte)text[i]);
            }
            else if (text[i + 1] == 'x')
            {
                value.Add(byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                value.Add((byte)text[++i]);
            }
        }

        return [.. value];
    }
}
