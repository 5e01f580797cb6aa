using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DiffusionX.Benchmarks.Speed;
using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A draft in each of its encodings: bytes, time to encode, time on a 20 Mbps link. Latents are standard normal noise; pictures have as
/// much detail at every scale, as photographs do. A picture has to be decoded from its latent first, which is not in the time.
/// </summary>
[Config(typeof(Settings))]
public class DraftEncodingBenchmarks
{
    private const int PixelsPerLatent = 8;
    private const int Quality = 90;

    private Latent latent = null!;
    private Picture picture = null!;

    /// <summary>The picture's side in pixels: 128 for scenes, 512 for Stable Diffusion.</summary>
    [Params(128, 512)]
    public int Side { get; set; }

    [ParamsAllValues]
    public DraftEncoding Encoding { get; set; }

    [GlobalSetup]
    public void Draw()
    {
        latent = DrawLatent(Side);
        picture = DrawPicture(Side);
    }

    [Benchmark(Description = "encode a draft")]
    public byte[] Encode() => Encode(Encoding, latent, picture).Bytes;

    private static DraftPayload Encode(DraftEncoding encoding, Latent latent, Picture picture) =>
        DraftCodec.IsLatent(encoding) ? DraftCodec.Encode(latent, encoding) : DraftCodec.Encode(picture, encoding, Quality);

    private static Latent DrawLatent(int side)
    {
        var random = new Random(1);
        var values = new float[4 * (side / PixelsPerLatent) * (side / PixelsPerLatent)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return new Latent(values, 4, side / PixelsPerLatent, side / PixelsPerLatent);
    }

    // Pictures of noise from 2×2 pixels up, each twice as fine and half as strong as the one before, on top of each other.
    private static Picture DrawPicture(int side)
    {
        var random = new Random(1);
        var sum = new double[side * side * 3];
        var strength = 64.0;
        for (var size = 2; size <= side; size *= 2, strength /= 2)
        {
            var noise = new byte[size * size * 3];
            random.NextBytes(noise);
            var octave = new Picture(size, size, noise).Resize(side, side).Pixels;
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += strength * ((octave[i] / 127.5) - 1);
            }
        }

        return new Picture(side, side, Array.ConvertAll(sum, value => (byte)Math.Clamp(128 + value, 0, 255)));
    }

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            // No model and no torch in it: nothing that a process of its own would keep apart.
            AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            AddColumn(
                new DraftColumn("Bytes", "Bytes of the encoded draft", bytes => $"{bytes}"),
                new DraftColumn("20 Mbps", "Time on the uplink of LinkProfile.Mobile20Mbps, without its latency", bytes => FormattableString.Invariant($"{LinkMilliseconds(bytes):F1} ms")));
        }

        private static double LinkMilliseconds(int bytes) => bytes * 8 / (LinkProfile.Mobile20Mbps.UplinkMbps * 1000);
    }

    private sealed class DraftColumn(string name, string legend, Func<int, string> show) : FigureColumn(name, legend)
    {
        public override string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            var side = (int)benchmarkCase.Parameters[nameof(Side)];
            var encoding = (DraftEncoding)benchmarkCase.Parameters[nameof(DraftEncodingBenchmarks.Encoding)];
            return show(Encode(encoding, DrawLatent(side), DrawPicture(side)).Bytes.Length);
        }
    }
}
