using System.Globalization;
using System.Text;

namespace DiffusionX.Tests.Cli.Pull;

/// <summary>What a <see cref="LocalHub"/> was asked.</summary>
internal sealed record HubRequest(string Method, string Path, int From, string? Authorization)
{
    /// <exception cref="IOException">The client went without asking anything.</exception>
    public static async Task<HubRequest> ReadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n");
        if (lines[0].Split(' ') is not [var method, var path, ..])
        {
            throw new IOException("No request came.");
        }

        var range = Header(lines, "Range: bytes=");
        return new HubRequest(method, Uri.UnescapeDataString(path), range is null ? 0 : int.Parse(range.TrimEnd('-'), CultureInfo.InvariantCulture), Header(lines, "Authorization: "));
    }

    private static string? Header(string[] lines, string start) =>
        lines.FirstOrDefault(line => line.StartsWith(start, StringComparison.OrdinalIgnoreCase))?[start.Length..];
}
