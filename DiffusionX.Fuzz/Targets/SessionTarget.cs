using System.Security.Cryptography;
using DiffusionX.Sessions.Saving;

namespace DiffusionX.Fuzz.Targets;

/// <summary>A session's file, whose checksum is always right; given as its JSON and its latents, its lengths are too.</summary>
internal static class SessionTarget
{
    /// <summary>The model that drew it.</summary>
    public const string Vae = "0123456789abcdef";

    public static void Read(byte[] input)
    {
        var content = InputParts.Split(input) is [("json", var json), ("latents", var latents), ..] ? Whole(json, latents) : input;
        SessionFile.Read(InputFolder.Write("input.dxs", [.. content, .. SHA256.HashData(content)]), Vae);
    }

    private static byte[] Whole(byte[] json, byte[] latents) => [.. "DXSESS02"u8, .. BitConverter.GetBytes(json.Length), .. json, .. latents];
}
