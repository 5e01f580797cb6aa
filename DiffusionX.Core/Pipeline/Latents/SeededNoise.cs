using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>
/// The noise of a batch of pictures. Each picture has a CPU generator of its own, so its noise depends on its seed alone: not on the device, nor on what
/// else is in the batch. The draws are the ones of PyTorch's CPU generator, in diffusers' order.
/// </summary>
internal sealed class SeededNoise : IDisposable
{
    private readonly Generator[] generators;
    private readonly long[] shape;

    /// <param name="firstSeed">The first picture's seed.</param>
    /// <param name="count">How many pictures.</param>
    /// <param name="shape">The shape of one picture's latent, [1, C, h, w].</param>
    public SeededNoise(long firstSeed, int count, long[] shape)
    {
        generators = [.. Enumerable.Range(0, count).Select(i => new Generator(unchecked((ulong)(firstSeed + i)), CPU))];
        this.shape = shape;
    }

    /// <summary>Fresh standard normal noise for the batch, [B, C, h, w] in float32 on the CPU.</summary>
    public Tensor Next()
    {
        using var scope = NewDisposeScope();
        return cat([.. generators.Select(generator => randn(shape, ScalarType.Float32, CPU, generator: generator))], 0).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }
}
