using System.Text;

namespace DiffusionX.Fuzz;

/// <summary>Several files in one input: each begins with a line of three percent signs and its name.</summary>
internal static class InputParts
{
    private static ReadOnlySpan<byte> Mark => "\n%%% "u8;

    /// <summary>The files, each with its name.</summary>
    public static List<(string Name, byte[] Content)> Split(byte[] input)
    {
        List<(string Name, byte[] Content)> parts = [];
        byte[] rest = [(byte)'\n', .. input];
        for (var start = rest.AsSpan().IndexOf(Mark); start >= 0;)
        {
            var part = rest.AsSpan(start + Mark.Length);
            var next = part.IndexOf(Mark);
            var body = next < 0 ? part : part[..next];
            var line = body.IndexOf((byte)'\n');
            if (line >= 0)
            {
                parts.Add((Encoding.Latin1.GetString(body[..line]), body[(line + 1)..].ToArray()));
            }

            start = next < 0 ? -1 : start + Mark.Length + next;
        }

        return parts;
    }
}
