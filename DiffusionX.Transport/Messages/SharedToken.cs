using System.Security.Cryptography;
using System.Text;

namespace DiffusionX.Transport.Messages;

/// <summary>Compares tokens in a time that tells nothing about them, their length included.</summary>
internal static class SharedToken
{
    public static bool Matches(string? expected, string? offered) =>
        expected is null || CryptographicOperations.FixedTimeEquals(Digest(expected), Digest(offered ?? ""));

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
