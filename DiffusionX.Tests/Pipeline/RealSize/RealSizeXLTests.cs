using System.Diagnostics;
using DiffusionX.Pipeline;

namespace DiffusionX.Tests.Pipeline.RealSize;

/// <summary>
/// What a model of real size costs. DIFFUSIONX_REAL_SIZE names its folder or its single file, such as <c>Benchmarks write-model xl
/// FOLDER</c> makes, DIFFUSIONX_TOKENIZER the tokenizer's folder for a single file, and DIFFUSIONX_PRECISION the precision.
/// </summary>
[TestFixture]
[Explicit("It takes a model of real size, up to 15 GB of memory, and minutes.")]
[Category("RealSize")]
[Platform("Linux", Reason = "The kernel's own peak of resident memory is read from /proc.")]
public sealed class RealSizeXLTests
{
    private const double MostPerWeight = 1.15;

    [Test]
    public async Task One_step_of_1024_by_1024_pixels_is_drawn()
    {
        var path = Environment.GetEnvironmentVariable("DIFFUSIONX_REAL_SIZE") ?? throw new IgnoreException(
            "DIFFUSIONX_REAL_SIZE is not set.");
        var tokenizer = Environment.GetEnvironmentVariable("DIFFUSIONX_TOKENIZER");
        var precision = Enum.Parse<Precision>(Environment.GetEnvironmentVariable("DIFFUSIONX_PRECISION") ?? nameof(Precision.Float32));
        var before = ResidentMemory.BeginPeak();
        var clock = Stopwatch.StartNew();

        using var model = await DiffusionModel.LoadAsync(
            path, new DiffusionModelOptions { Precision = precision, TokenizerFolder = tokenizer });
        var (loading, loaded) = (clock.Elapsed, ResidentMemory.Peak() - before);
        var result = await model.GenerateAsync(
            new GenerationRequest { Prompt = "a red house under a yellow moon", Steps = 1, GuidanceScale = 1 });

        var weights = BytesOf(path) * (precision == Precision.Float32 ? 2 : 1);
        await TestContext.Progress.WriteLineAsync(FormattableString.Invariant(
            $"""
            {Path.GetFileName(path)} in {precision}: weights {weights / 1e9:F2} GB;
            loading {loading.TotalSeconds:F1} s, peak {loaded / 1e9:F2} GB ({(double)loaded / weights:F3} × the weights);
            prompt {result.Timings.Preparing.TotalSeconds:F1} s, one step {result.Timings.Denoising.TotalSeconds:F1} s,
            decoding {result.Timings.Decoding.TotalSeconds:F1} s,
            peak {(ResidentMemory.Peak() - before) / 1e9:F2} GB
            """));
        Assert.That((result.Images[0].Picture.Width, result.Images[0].Picture.Height), Is.EqualTo((1024, 1024)));
        Assert.That((double)loaded / weights, Is.LessThan(MostPerWeight));
    }

    private static long BytesOf(string path)
    {
        string[] files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*.safetensors", SearchOption.AllDirectories);
        return files.Sum(file => new FileInfo(file).Length);
    }
}
