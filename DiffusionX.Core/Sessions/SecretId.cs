using System.Security.Cryptography;

namespace DiffusionX.Sessions;

/// <summary>
/// Ids of sessions and requests. Whoever knows a session's id can go on with its requests and gets their results, so that ids are secrets:
/// nobody can guess one, and logs and traces hold names in their place, which both ends make of them in the same way and from which nobody
/// comes back to the id.
/// </summary>
internal static class SecretId
{
    private const int IdBytes = 16;
    private const int NameBytes = 4;

    /// <summary>A new id: 128 random bits.</summary>
    public static Guid New() => new(RandomNumberGenerator.GetBytes(IdBytes));

    /// <summary>What logs and traces call it: 8 hexadecimal digits.</summary>
    public static string NameOf(Guid id) => Convert.ToHexStringLower(SHA256.HashData(id.ToByteArray(bigEndian: true)).AsSpan(0, NameBytes));
}
