using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace DiffusionX.Cli.Pull;

/// <summary>
/// What a file's bytes have to give. The hub names SHA-256 for large files, and for small ones git's: SHA-1 of "blob", the size, NUL and
/// the bytes.
/// </summary>
/// <param name="Hex">Lower-case hexadecimal digits: 64 for SHA-256, 40 for git's.</param>
internal sealed record Checksum(string Hex)
{
    private const int Sha256Digits = 64;
    private const int GitDigits = 40;

    /// <summary>The checksum in an entity tag; null if the tag is something else.</summary>
    public static Checksum? FromTag(string? tag)
    {
        if (tag is null || !EntityTagHeaderValue.TryParse(tag, out var parsed))
        {
            return null;
        }

        var digits = parsed.Tag.Trim('"').ToLowerInvariant();
        return digits.Length is Sha256Digits or GitDigits && digits.All(char.IsAsciiHexDigit) ? new Checksum(digits) : null;
    }

    /// <summary>Whether a file is the one that this is the checksum of.</summary>
    public async Task<bool> FitsAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(Hex.Length == Sha256Digits ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (Hex.Length == GitDigits)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Length}\0"));
        }

        var buffer = new byte[1 << 20];
        int read;
        while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()) == Hex;
    }
}
