using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Runtime;
using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Saving;

/// <summary>
/// A session in a file: eight bytes that name the format, the length of a JSON text, the text, all latents in float32, least significant
/// byte first, and SHA-256 over all that.
/// </summary>
internal static class SessionFile
{
    private const int LengthBytes = sizeof(int);
    private const long MaxBytes = 1L << 30;

    private static ReadOnlySpan<byte> Format => "DXSESS02"u8;

    // Without masks.
    private static ReadOnlySpan<byte> FirstFormat => "DXSESS01"u8;

    private static int HeaderBytes => Format.Length + LengthBytes;

    /// <exception cref="SessionException">The file can't be written.</exception>
    public static Task WriteAsync(string path, SessionSnapshot snapshot, string vaeFingerprint, CancellationToken cancellationToken) =>
        Task.Run(() => Write(path, ToBytes(snapshot, vaeFingerprint)), cancellationToken);

    /// <exception cref="SessionException">The file can't be read, is damaged, or belongs to another VAE.</exception>
    public static SessionHistory Read(string path, string vaeFingerprint)
    {
        var content = ReadChecked(path);
        try
        {
            var jsonLength = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(Format.Length));
            var session = JsonSerializer.Deserialize(content.AsSpan(HeaderBytes, jsonLength), SessionJson.Default.SavedSession);
            var latents = content.AsSpan((HeaderBytes + jsonLength)..^SHA256.HashSizeInBytes);
            return new SessionHistory(ToSnapshot(session!, latents, path, vaeFingerprint));
        }
        catch (Exception error) when (error is JsonException or ArgumentException or OverflowException)
        {
            throw new SessionException($"{path} is whole, but no session of this version: {error.Message}", error);
        }
    }

    private static void Write(string path, byte[] content)
    {
        try
        {
            AtomicFile.Write(path, content);
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new SessionException($"{path} can't be written: {error.Message}", error);
        }
    }

    private static byte[] ToBytes(SessionSnapshot snapshot, string vaeFingerprint)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(SavedSession.Of(snapshot, vaeFingerprint), SessionJson.Default.SavedSession);
        using var content = new MemoryStream();
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
        content.Write(Format);
        content.Write(length);
        content.Write(json);
        foreach (var round in snapshot.Rounds)
        {
            WriteValues(content, round.Latent.Values);
        }

        content.Write(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
        return content.ToArray();
    }

    private static void WriteValues(MemoryStream content, ReadOnlySpan<float> values)
    {
        Span<byte> number = stackalloc byte[sizeof(float)];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(number, value);
            content.Write(number);
        }
    }

    private static byte[] ReadChecked(string path)
    {
        var content = ReadAll(path);
        if (!content.AsSpan().StartsWith(Format) && !content.AsSpan().StartsWith(FirstFormat))
        {
            throw new SessionException($"{path} is no session file of this version: it does not begin with {System.Text.Encoding.ASCII.GetString(Format)}.");
        }

        var isWhole = content.Length >= HeaderBytes + SHA256.HashSizeInBytes
            && SHA256.HashData(content.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(content.AsSpan(^SHA256.HashSizeInBytes..));
        return isWhole ? content : throw new SessionException($"{path} is damaged or was cut short: its checksum does not agree. Take another copy of it.");
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            return InputFile.ReadAllBytes(path, MaxBytes);
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new SessionException($"{path} can't be read: {error.Message}", error);
        }
    }

    private static SessionSnapshot ToSnapshot(SavedSession session, ReadOnlySpan<byte> latents, string path, string vaeFingerprint)
    {
        if (session.Vae != vaeFingerprint)
        {
            throw new SessionException($"{path} was drawn with another VAE (…{session.Vae[^8..]}; this model's is …{vaeFingerprint[^8..]}). Open it with the model that drew it.");
        }

        List<Round> rounds = [];
        foreach (var saved in session.Rounds)
        {
            var latent = saved.TakeLatent(ref latents);
            rounds.Add(saved.ToRound(rounds.Count + 1, latent));
        }

        return latents.IsEmpty && session.Current is null or >= 1 && (session.Current ?? 0) <= rounds.Count
            ? new SessionSnapshot(session.Seed, session.Current, rounds)
            : throw new SessionException($"{path} is whole, but its rounds do not agree with its latents.");
    }
}

/// <summary>Reads and writes the JSON part of a session's file, strictly: what is missing or superfluous is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SavedSession))]
internal sealed partial class SessionJson : JsonSerializerContext;
