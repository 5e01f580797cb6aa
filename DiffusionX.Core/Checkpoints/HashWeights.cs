using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Weights that are a function of their names and shapes: for tests and benchmarks of models whose files one does not have.
/// FNV-1a of the name seeds splitmix64, whose numbers are scaled so that signals keep about their size from layer to layer.
/// </summary>
internal static class HashWeights
{
    private const int ChunkLength = 1 << 16;

    /// <summary>Fills all of a module's parameters and buffers, but for counters and position ids.</summary>
    public static void Fill(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var noGradient = no_grad();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (!name.EndsWith("num_batches_tracked", StringComparison.Ordinal) && !name.EndsWith("position_ids", StringComparison.Ordinal))
            {
                Fill(name, tensor);
            }
        }
    }

    /// <summary>The first numbers of a name's sequence, uniform in [-1, 1).</summary>
    internal static float[] Uniform(string name, int count)
    {
        var values = new float[count];
        Fill(values, HashOf(name), first: 0, new Distribution(0, 1));
        return values;
    }

    /// <summary>Fills a tensor with the numbers of a name and the tensor's shape.</summary>
    internal static unsafe void Fill(string name, Tensor target)
    {
        using var scope = NewDisposeScope();
        var direct = target.dtype == ScalarType.Float32 && target.device_type == DeviceType.CPU && target.is_contiguous();
        var values = direct ? target : empty(target.shape, ScalarType.Float32);
        var pointer = (float*)TensorMemory.Pointer(values);
        var hash = HashOf(name);
        var distribution = Distribution.Of(name, target.shape);
        var count = values.numel();
        Parallel.For(0, (count + ChunkLength - 1) / ChunkLength, chunk =>
        {
            var first = chunk * ChunkLength;
            Fill(new Span<float>(pointer + first, (int)Math.Min(ChunkLength, count - first)), hash, first, distribution);
        });
        if (!direct)
        {
            target.copy_(values);
        }
    }

    private static void Fill(Span<float> target, ulong hash, long first, Distribution distribution)
    {
        for (var i = 0; i < target.Length; i++)
        {
            var z = unchecked(hash + ((ulong)(first + i + 1) * 0x9E3779B97F4A7C15));
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
            z ^= z >> 31;
            var uniform = ((z >> 40) * (1f / (1 << 23))) - 1f;
            target[i] = distribution.Offset + (uniform * distribution.Scale);
        }
    }

    // FNV-1a, 64 bit
    private static ulong HashOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return hash;
    }

    /// <summary>Offset + uniform·Scale.</summary>
    private readonly record struct Distribution(float Offset, float Scale)
    {
        public static Distribution Of(string name, long[] shape) => shape.Length switch
        {
            0 => new Distribution((float)Math.Log(100), 0),
            >= 2 => new Distribution(0, (float)Math.Sqrt(3.0 / shape.Skip(1).Aggregate(1L, (product, size) => product * size))),
            _ when name.EndsWith("running_var", StringComparison.Ordinal) => new Distribution(1, 0.5f),
            _ when name.EndsWith(".weight", StringComparison.Ordinal) => new Distribution(1, 0.1f),
            _ => new Distribution(0, 0.1f),
        };
    }
}
