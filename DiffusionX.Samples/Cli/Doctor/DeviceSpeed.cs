using System.Diagnostics;
using static TorchSharp.torch;

namespace DiffusionX.Cli.Doctor;

/// <summary>
/// How fast a device does what diffusion models are made of, in GFLOP/s of float32, where a multiplication and an addition count as two.
/// </summary>
/// <param name="MatrixProduct">The product of two 2048 × 2048 matrices.</param>
/// <param name="Convolution">A 3×3 convolution of [2, 320, 64, 64], channels last: the first level of Stable Diffusion's UNet.</param>
internal sealed record DeviceSpeed(double MatrixProduct, double Convolution)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    /// <summary>The threads that libtorch computes with on the processor.</summary>
    public static int Threads => get_num_threads();

    /// <summary>Measures for about two seconds.</summary>
    public static DeviceSpeed Measure(string device, CancellationToken cancellationToken)
    {
        using var inference = inference_mode();
        return new(MeasureMatrixProduct(device, cancellationToken), MeasureConvolution(device, cancellationToken));
    }

    private static double MeasureMatrixProduct(string device, CancellationToken cancellationToken)
    {
        const int size = 2048;
        using var scope = NewDisposeScope();
        var (left, right) = (rand(size, size, device: device), rand(size, size, device: device));
        return 2.0 * size * size * size / FastestSeconds(() => mm(left, right), device, cancellationToken) / 1e9;
    }

    private static double MeasureConvolution(string device, CancellationToken cancellationToken)
    {
        const int batch = 2, channels = 320, side = 64, kernel = 3;
        using var scope = NewDisposeScope();
        var input = ChannelsLast(rand(batch, channels, side, side, device: device));
        var weight = ChannelsLast(rand(channels, channels, kernel, kernel, device: device));
        var operations = 2.0 * batch * channels * channels * side * side * kernel * kernel;
        return operations / FastestSeconds(() => nn.functional.conv2d(input, weight, padding: [1, 1]), device, cancellationToken) / 1e9;
    }

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    // The fastest of many: other programs only ever make one slower.
    private static double FastestSeconds(Func<Tensor> work, string device, CancellationToken cancellationToken)
    {
        Seconds(work, device);
        var fastest = double.MaxValue;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Duration;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            fastest = Math.Min(fastest, Seconds(work, device));
        }

        return fastest;
    }

    private static double Seconds(Func<Tensor> work, string device)
    {
        var start = Stopwatch.GetTimestamp();
        work().Dispose();
        if (device != "cpu")
        {
            cuda.synchronize();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
