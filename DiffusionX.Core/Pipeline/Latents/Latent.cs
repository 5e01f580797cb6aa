using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>
/// One picture in the space in which diffusion happens, at the scale at which a UNet sees it (the VAE's scaling factor is already applied).
/// A plain array: it may cross threads, be kept between rounds and be sent.
/// </summary>
public sealed class Latent
{
    private readonly float[] values;

    /// <summary>Makes a latent of its values; they are not copied.</summary>
    /// <param name="values">Channels·height·width numbers, row by row, channel after channel.</param>
    /// <param name="channels">Channels, 4 for Stable Diffusion.</param>
    /// <param name="height">Height, an eighth of the picture's.</param>
    /// <param name="width">Width, an eighth of the picture's.</param>
    /// <exception cref="ArgumentException">The sizes are not positive, or do not give that many values.</exception>
    public Latent(float[] values, int channels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if ((long)channels * height * width != values.Length)
        {
            throw new ArgumentException($"{values.Length} values are no latent of {channels}×{height}×{width}.", nameof(values));
        }

        this.values = values;
        Channels = channels;
        Height = height;
        Width = width;
    }

    /// <summary>Channels.</summary>
    public int Channels { get; }

    /// <summary>Height in latent positions.</summary>
    public int Height { get; }

    /// <summary>Width in latent positions.</summary>
    public int Width { get; }

    /// <summary>The values [Channels, Height, Width], row by row, channel after channel.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>Whether another latent has as many channels, rows and columns.</summary>
    internal bool HasSizeOf(Latent other) => (Channels, Height, Width) == (other.Channels, other.Height, other.Width);

    /// <summary>A tensor [1, Channels, Height, Width] in float32 on the CPU.</summary>
    internal Tensor ToTensor() => tensor(values, [1, Channels, Height, Width]);

    /// <summary>The latents of a batch [B, C, h, w].</summary>
    internal static IReadOnlyList<Latent> FromBatch(Tensor batch)
    {
        using var scope = NewDisposeScope();
        using var plain = batch.to(ScalarType.Float32).cpu().contiguous();
        return [.. Enumerable.Range(0, (int)plain.size(0)).Select(i =>
            new Latent(plain[i].contiguous().data<float>().ToArray(), (int)plain.size(1), (int)plain.size(2), (int)plain.size(3)))];
    }
}
