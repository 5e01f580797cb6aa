using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace DiffusionX.Models.Common;

/// <summary>
/// Group normalisation of a small map on the CPU, with the activation that follows it, in one pass over memory that the processor's cache
/// holds. libtorch takes ten times as long for such maps when their channels come last: it goes through them group by group.
/// </summary>
internal static class SmallMapNorm
{
    // Numbers of a batch of maps up to which one thread is faster than several that have to wait for each other.
    private const long MostNumbers = 1 << 17;

    /// <summary>Whether it is the faster way.</summary>
    /// <param name="input">[B, C, H, W].</param>
    public static bool Pays(Tensor input) =>
        input.device_type == DeviceType.CPU && input.dtype == ScalarType.Float32 && !is_grad_enabled() && input.numel() <= MostNumbers;

    /// <param name="input">[B, C, H, W] in float32.</param>
    /// <param name="norm">The normalisation.</param>
    /// <param name="activates">Whether SiLU follows.</param>
    /// <returns>[B, C, H, W], channels last in memory.</returns>
    public static Tensor Normalize(Tensor input, SmallNorm norm, bool activates)
    {
        using var output = empty([input.size(0), input.size(2), input.size(3), input.size(1)], ScalarType.Float32);
        Normalize(input, norm, output);
        if (activates)
        {
            Activate(NumbersOf(output));
        }

        return output.permute(0, 3, 1, 2);
    }

    /// <param name="input">[B, C, H, W] in float32.</param>
    /// <param name="norm">The normalisation.</param>
    /// <returns>[B, H·W, C].</returns>
    public static Tensor NormalizeToTokens(Tensor input, SmallNorm norm)
    {
        var output = empty([input.size(0), input.size(2) * input.size(3), input.size(1)], ScalarType.Float32);
        Normalize(input, norm, output);
        return output;
    }

    private static void Normalize(Tensor input, SmallNorm norm, Tensor output)
    {
        using var rows = FeatureMap.ToRows(input);
        var affine = new Affine(NumbersOf(norm.Weight), NumbersOf(norm.Bias), (int)norm.Groups, norm.Epsilon);
        var from = NumbersOf(rows);
        var to = NumbersOf(output);
        var ofSample = from.Length / (int)input.size(0);
        for (var first = 0; first < from.Length; first += ofSample)
        {
            Normalize(from.Slice(first, ofSample), to.Slice(first, ofSample), affine);
        }
    }

    private static Span<float> NumbersOf(Tensor contiguous) => MemoryMarshal.Cast<byte, float>(contiguous.bytes);

    private static void Normalize(ReadOnlySpan<float> from, Span<float> to, Affine affine)
    {
        var channels = affine.Bias.Length;
        Span<float> mean = stackalloc float[channels];
        Span<float> scale = stackalloc float[channels];
        affine.Measure(from, mean, scale);
        for (var row = 0; row < from.Length; row += channels)
        {
            var normalised = to.Slice(row, channels);
            TensorPrimitives.Subtract(from.Slice(row, channels), mean, normalised);
            TensorPrimitives.MultiplyAdd(normalised, scale, affine.Bias, normalised);
        }
    }

    // x·σ(x), a part at a time that the first cache holds.
    private static void Activate(Span<float> numbers)
    {
        const int Part = 1024;
        Span<float> gates = stackalloc float[Part];
        for (var first = 0; first < numbers.Length; first += Part)
        {
            var part = numbers.Slice(first, Math.Min(Part, numbers.Length - first));
            TensorPrimitives.Sigmoid(part, gates);
            TensorPrimitives.Multiply(part, gates[..part.Length], part);
        }
    }

    /// <summary>What is done to a channel: its group's mean is taken off, and what is left is scaled and shifted.</summary>
    private readonly ref struct Affine(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int groups, double epsilon)
    {
        private readonly ReadOnlySpan<float> weight = weight;

        /// <summary>The shift of each channel.</summary>
        public ReadOnlySpan<float> Bias { get; } = bias;

        /// <summary>Measures the mean of each channel's group, and its own scale.</summary>
        public void Measure(ReadOnlySpan<float> sample, Span<float> mean, Span<float> scale)
        {
            var channels = scale.Length;
            var ofGroup = channels / groups;
            var numbers = (double)sample.Length / groups;
            Span<float> squares = stackalloc float[channels];
            Span<float> differences = stackalloc float[channels];
            mean.Clear();
            squares.Clear();
            for (var row = 0; row < sample.Length; row += channels)
            {
                TensorPrimitives.Add(mean, sample.Slice(row, channels), mean);
            }

            for (var first = 0; first < channels; first += ofGroup)
            {
                mean.Slice(first, ofGroup).Fill((float)(Sum(mean.Slice(first, ofGroup)) / numbers));
            }

            for (var row = 0; row < sample.Length; row += channels)
            {
                TensorPrimitives.Subtract(sample.Slice(row, channels), mean, differences);
                TensorPrimitives.MultiplyAdd(differences, differences, squares, squares);
            }

            for (var first = 0; first < channels; first += ofGroup)
            {
                var inverse = 1 / Math.Sqrt((Sum(squares.Slice(first, ofGroup)) / numbers) + epsilon);
                for (var channel = first; channel < first + ofGroup; channel++)
                {
                    scale[channel] = (float)(weight[channel] * inverse);
                }
            }
        }

        private static double Sum(ReadOnlySpan<float> numbers)
        {
            var sum = 0.0;
            foreach (var number in numbers)
            {
                sum += number;
            }

            return sum;
        }
    }
}

/// <summary>A group normalisation.</summary>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Weight">The scale of each channel, [C].</param>
/// <param name="Bias">The shift of each channel, [C].</param>
/// <param name="Epsilon">What is added to the variance.</param>
internal readonly record struct SmallNorm(long Groups, Tensor Weight, Tensor Bias, double Epsilon);
