using System.Security.Cryptography;
using DiffusionX.Hosting.Configuration;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary>
/// Pictures that were answered as addresses: in memory, for a while, under names that nobody can guess. The oldest make room for new
/// ones.
/// </summary>
internal sealed class PictureStore(IOptions<DiffusionXOptions> options, TimeProvider time)
{
    private readonly Lock sync = new();
    private readonly Queue<(string Name, DateTimeOffset End, int Bytes)> byAge = [];
    private readonly Dictionary<string, StoredPicture> pictures = new(StringComparer.Ordinal);
    private long bytes;

    /// <summary>Keeps a picture.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="ApiException">There is no room for any.</exception>
    public string Add(StoredPicture picture)
    {
        var limits = options.Value.Http;
        if (picture.Bytes.Length > limits.MaxKeptBytes)
        {
            throw ApiException.Invalid("response_format", "This server keeps no pictures of this size: ask for b64_json.");
        }

        var name = RandomNumberGenerator.GetHexString(32, lowercase: true);
        lock (sync)
        {
            MakeRoom(limits.MaxKeptBytes - picture.Bytes.Length);
            pictures[name] = picture;
            byAge.Enqueue((name, time.GetUtcNow() + limits.KeepPictures, picture.Bytes.Length));
            bytes += picture.Bytes.Length;
        }

        return name;
    }

    /// <summary>A picture; null where there is none of that name, or no longer.</summary>
    public StoredPicture? Find(string name)
    {
        lock (sync)
        {
            MakeRoom(options.Value.Http.MaxKeptBytes);
            return pictures.GetValueOrDefault(name);
        }
    }

    private void MakeRoom(long most)
    {
        while (byAge.TryPeek(out var oldest) && (oldest.End <= time.GetUtcNow() || bytes > most))
        {
            byAge.Dequeue();
            pictures.Remove(oldest.Name);
            bytes -= oldest.Bytes;
        }
    }
}

internal sealed record StoredPicture(byte[] Bytes, string MediaType);
