using System.Diagnostics;
using System.Text.Json.Serialization;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// Whether this machine's processor computes in bfloat16 faster than in float32. Some do so four times as fast, some a hundred times as
/// slow, and what instructions they have does not tell by how much: it is measured once, in a tenth of a second.
/// </summary>
internal static class PrecisionMeasurement
{
    // Multiply-adds of a step below which rounding is no price to pay for it: the models of a laptop's browser tab, not Stable Diffusion.
    private const long LargeStep = 20_000_000_000;

    // Convolutions that bfloat16 is tried with, from one that takes no time even on a processor that emulates it.
    private static readonly (long Channels, long Side)[] Convolutions = [(64, 16), (320, 32)];

    private static readonly MeasurementFile<PrecisionSpeed> File = MeasurementFile<PrecisionSpeed>.OfUser("precision.json", speed => speed.Gain > 0);

    /// <summary>Whether a model is to be computed in bfloat16 on this machine's processor.</summary>
    public static bool BFloat16Pays(UNet2DConditionConfig unet) => UNetCost.OfStep(unet) >= LargeStep && Speed().Pays;

    /// <summary>How fast this machine's processor computes in bfloat16, measured now or earlier.</summary>
    public static PrecisionSpeed Speed() => File.GetOrMeasure(
        FormattableString.Invariant($"{Processor.Identity}; {get_num_threads()} threads; libtorch {TorchRuntime.LibTorchVersion}"), Measure);

    private static PrecisionSpeed Measure()
    {
        var speed = new PrecisionSpeed(1);
        foreach (var (channels, side) in Convolutions)
        {
            using var scope = NewDisposeScope();
            var (exact, rounded) = (Time(channels, side, ScalarType.Float32), Time(channels, side, ScalarType.BFloat16));
            speed = new PrecisionSpeed(exact / rounded);
            if (speed.Gain < 0.5)
            {
                break;
            }
        }

        return speed;
    }

    // The shortest of several: what is longer was something else's.
    private static double Time(long channels, long side, ScalarType dtype)
    {
        const int Times = 5;
        var map = randn([2, side, side, channels], dtype).permute(0, 3, 1, 2);
        var kernel = randn([channels, 3, 3, channels], dtype).permute(0, 3, 1, 2);
        var shortest = double.PositiveInfinity;
        for (var i = 0; i < Times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            nn.functional.conv2d(map, kernel, padding: [1, 1]).Dispose();
            shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return shortest;
    }
}

/// <summary>What was measured.</summary>
/// <param name="Gain">A convolution's time in float32 over its time in bfloat16.</param>
internal sealed record PrecisionSpeed(double Gain)
{
    // A speed-up that is worth bfloat16's rounding.
    private const double WorthIt = 1.3;

    /// <summary>Whether it is worth bfloat16's rounding.</summary>
    [JsonIgnore]
    public bool Pays => Gain >= WorthIt;
}
