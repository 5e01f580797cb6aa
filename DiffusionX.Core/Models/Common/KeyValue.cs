using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>The keys and values of one attention layer.</summary>
/// <param name="Key">[B, heads, L, d].</param>
/// <param name="Value">[B, heads, L, d].</param>
/// <param name="Mask">What is added to the products of queries and keys, [1, 1, 1, L]: 0, or -∞ where there is padding. Null without any.</param>
/// <param name="Length">How many keys are no padding.</param>
internal sealed record KeyValue(Tensor Key, Tensor Value, Tensor? Mask, long Length) : IDisposable
{
    // The numbers of an AVX-512 register. libtorch's attention takes what is left of a row one by one: a row of 77 as long as one of 120.
    private const long Together = 16;

    /// <summary>How many samples the batch has.</summary>
    public long Samples => Key.size(0);

    /// <summary>Keys and values without padding, which the result owns.</summary>
    public static KeyValue Of(Tensor key, Tensor value) => new(key, value, Mask: null, key.size(2));

    /// <summary>Keys and values that many queries will be compared with, as many as a processor takes quickly: padded on CPUs.</summary>
    /// <param name="key">[B, heads, L, d], which the result owns or disposes.</param>
    /// <param name="value">[B, heads, L, d], likewise.</param>
    public static KeyValue Padded(Tensor key, Tensor value)
    {
        var length = key.size(2);
        var missing = (Together - (length % Together)) % Together;
        if (missing == 0 || key.device_type != DeviceType.CPU || is_grad_enabled())
        {
            return Of(key, value);
        }

        using (key)
        using (value)
        {
            var mask = zeros([1, 1, 1, length + missing], key.dtype);
            using var padding = mask.narrow(3, length, missing);
            padding.fill_(float.NegativeInfinity);
            return new KeyValue(Pad(key, missing), Pad(value, missing), mask, length);
        }
    }

    /// <summary>Those of several batches of samples of one length, one after another, as copies that the caller disposes.</summary>
    public static KeyValue Join(IReadOnlyList<KeyValue> parts)
    {
        var (keys, values) = (cat([.. parts.Select(part => part.Key)], 0), cat([.. parts.Select(part => part.Value)], 0));
        return new KeyValue(keys, values, parts[0].Mask?.alias(), parts[0].Length).Detached();
    }

    /// <summary>Those of some samples of the batch, as views that the caller disposes.</summary>
    public KeyValue Narrow(long first, long samples) =>
        new KeyValue(Key.narrow(0, first, samples), Value.narrow(0, first, samples), Mask?.alias(), Length).Detached();

    /// <summary>Makes whoever holds them the only one to dispose them.</summary>
    public KeyValue Detached()
    {
        Key.DetachFromDisposeScope();
        Value.DetachFromDisposeScope();
        Mask?.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Key.Dispose();
        Value.Dispose();
        Mask?.Dispose();
    }

    private static Tensor Pad(Tensor rows, long missing) => nn.functional.pad(rows, [0, 0, 0, missing]);
}
