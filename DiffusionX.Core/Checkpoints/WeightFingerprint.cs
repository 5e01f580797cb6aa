using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// What identifies a network: SHA-256 over the names, shapes and values of its weights. Values are rounded to float16 first, so that one
/// checkpoint has one fingerprint, whether it is kept in float16 on a GPU or in float32 on a CPU.
/// </summary>
internal static class WeightFingerprint
{
    private const int ChunkBytes = 1 << 24;

    /// <param name="network">The network.</param>
    /// <param name="settings">What else decides over its results, such as a scale.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(nn.Module network, string settings = "")
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(settings));
        foreach (var (name, weight) in network.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{name} [{string.Join(", ", weight.shape)}]\n"));
            AppendValues(hash, weight);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static unsafe void AppendValues(IncrementalHash hash, Tensor weight)
    {
        if (weight.numel() == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var halves = weight.detach().to(ScalarType.Float16, CPU).contiguous();
        var pointer = TensorMemory.Pointer(halves);
        var length = halves.numel() * halves.ElementSize;
        for (var done = 0L; done < length; done += ChunkBytes)
        {
            hash.AppendData(new ReadOnlySpan<byte>(pointer + done, (int)Math.Min(ChunkBytes, length - done)));
        }
    }
}
