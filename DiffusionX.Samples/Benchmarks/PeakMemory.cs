using System.Diagnostics;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>
/// What a process that does one thing takes of the machine's memory at the most, which only a process of its own can tell.
/// </summary>
internal static class PeakMemory
{
    public const string OfModel = "model-memory";
    public const string OfVae = "vae-memory";

    private const int Factor = 8;
    private const long StripPositions = 65536;

    /// <summary>Loads a model and draws one picture in two steps with guidance.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="side">The picture's side in pixels.</param>
    /// <param name="weights">"half" for weights in half precision, "sparing" for these and a VAE that spares memory, else in
    /// float32.</param>
    public static async Task<int> DrawAsync(string folder, int side, string weights)
    {
        TorchRuntime.TuneProcess();
        using var model = await DiffusionModel.LoadAsync(folder, new DiffusionModelOptions
        {
            HalfPrecisionWeights = weights is "half" or "sparing",
            VaeMemory = weights == "sparing" ? 0 : null,
        });
        Console.WriteLine($"{folder}, {weights}: loaded, {Peak()}");
        var request = new GenerationRequest { Prompt = "a red house", Steps = 2, Width = side, Height = side };
        var result = await model.GenerateAsync(
            request,
            new ImmediateProgress<GenerationProgress>(step => Console.WriteLine($"{side}²: {step.Step} of {step.Steps} steps, {Peak()}")));
        var timings = result.Timings;
        Console.WriteLine(FormattableString.Invariant(
            $"{side}²: {timings.Denoising.TotalSeconds / 2:F1} s a step, {timings.Decoding.TotalSeconds:F1} s decoding, {Peak()}"));
        return 0;
    }

    /// <summary>Encodes and decodes a picture with Stable Diffusion's VAE of hash weights.</summary>
    /// <param name="side">Its side in pixels.</param>
    /// <param name="way">"whole", "strips", "saving" for strips that spare memory, or "compare" for the difference between the first and
    /// the last.</param>
    public static int SeeThroughVae(int side, string way)
    {
        TorchRuntime.EnsureLoaded();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var vae = new AutoencoderKL(new AutoencoderKLConfig { BlockOutChannels = [128, 256, 512, 512], LayersPerBlock = 2 });
        HashWeights.Fill(vae);
        Console.WriteLine($"weights, {Peak()}");
        var image = rand([1, 3, side, side], generator: new Generator(1)).mul_(2).sub_(1);
        var latent = randn([1, 4, side / Factor, side / Factor], generator: new Generator(2));
        var strips = way == "whole" ? null : new Strips(StripPositions, SavesMemory: way != "strips", CancellationToken.None);
        var decoded = Timed($"{side}² {way} decode", () => strips is null ? vae.Decode(latent) : vae.Decode(latent, strips));
        if (way == "compare")
        {
            var whole = Timed($"{side}² whole decode", () => vae.Decode(latent));
            var difference = (decoded - whole).abs().mean().item<float>() / 2 * 255;
            Console.WriteLine(FormattableString.Invariant($"difference in the mean: {difference:G3}/255"));
            return 0;
        }

        _ = Timed($"{side}² {way} encode", () => strips is null ? vae.Encode(image).Mean : vae.Encode(image, strips).Mean);
        return 0;
    }

    private static Tensor Timed(string name, Func<Tensor> work)
    {
        var clock = Stopwatch.StartNew();
        var result = work();
        Console.WriteLine(FormattableString.Invariant($"{name}: {clock.Elapsed.TotalSeconds:F1} s, {Peak()}"));
        return result;
    }

    // The most that was resident since the process began; there is no such figure elsewhere than on Linux.
    private static string Peak() => File.Exists("/proc/self/status")
        ? File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
        : FormattableString.Invariant($"{Environment.WorkingSet / 1e9:F2} GB resident");
}
