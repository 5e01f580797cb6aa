using System.Globalization;
using System.Text;

namespace DiffusionX.Tests.Cli.Pull;

/// <summary>What a <see cref="LocalHub"/> was asked.</summary>
internal sealed record HubRequest(string Method, string Path, int From, string? Authorization)
{
    public static async Task<HubRequest> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var first = lines[0].Split(' ');
        var range = Header(lines, "Range: bytes=");
        return new HubRequest(first[0], Uri.UnescapeDataString(first[1]), range is null ? 0 : int.Parse(range.TrimEnd('-'), CultureInfo.InvariantCulture), Header(lines, "Authorization: "));
    }

    private static string? Header(string[] lines, string start) =>
        lines.FirstOrDefault(line => line.StartsWith(start, StringComparison.OrdinalIgnoreCase))?[start.Length..];
}
