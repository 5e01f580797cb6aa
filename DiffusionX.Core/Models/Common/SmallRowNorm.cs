using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Layer normalisation of a few narrow rows on the CPU. libtorch takes twice as long for them: most of its time goes into each row's beginning.
/// </summary>
internal static class SmallRowNorm
{
    // Up to which one thread is faster than several that have to wait for each other.
    private const long MostNumbers = 1 << 16;

    private const long Widest = 256;

    /// <summary>Whether it is the faster way.</summary>
    /// <param name="input">[…, width].</param>
    public static bool Pays(Tensor input) =>
        input.device_type == DeviceType.CPU
        && input.dtype == ScalarType.Float32
        && !is_grad_enabled()
        && input.numel() <= MostNumbers
        && input.size(-1) <= Widest
        && input.size(-1) % Vector<float>.Count == 0
        && input.is_contiguous();

    /// <param name="input">[…, width] in float32.</param>
    /// <param name="weight">The scale of each column, [width].</param>
    /// <param name="bias">The shift of each column, [width].</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <returns>[…, width].</returns>
    public static Tensor Normalize(Tensor input, Tensor weight, Tensor bias, double epsilon)
    {
        var output = empty_like(input);
        var from = VectorsOf(input);
        var to = VectorsOf(output);
        var scale = VectorsOf(weight);
        var shift = VectorsOf(bias);
        for (var first = 0; first < from.Length; first += scale.Length)
        {
            Normalize(from.Slice(first, scale.Length), to.Slice(first, scale.Length), scale, shift, (float)epsilon);
        }

        return output;
    }

    private static Span<Vector<float>> VectorsOf(Tensor contiguous) => MemoryMarshal.Cast<byte, Vector<float>>(contiguous.bytes);

    private static void Normalize(
        ReadOnlySpan<Vector<float>> from, Span<Vector<float>> to, ReadOnlySpan<Vector<float>> scale, ReadOnlySpan<Vector<float>> shift, float epsilon)
    {
        var width = from.Length * Vector<float>.Count;
        var sum = Vector<float>.Zero;
        foreach (var numbers in from)
        {
            sum += numbers;
        }

        var mean = new Vector<float>(Vector.Sum(sum) / width);
        var squares = Vector<float>.Zero;
        foreach (var numbers in from)
        {
            var difference = numbers - mean;
            squares = Vector.FusedMultiplyAdd(difference, difference, squares);
        }

        var inverse = new Vector<float>(1 / MathF.Sqrt((Vector.Sum(squares) / width) + epsilon));
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = Vector.FusedMultiplyAdd((from[i] - mean) * inverse, scale[i], shift[i]);
        }
    }
}
