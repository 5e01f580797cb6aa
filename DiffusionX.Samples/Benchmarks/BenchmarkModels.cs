using DiffusionX.Evaluation.Latency;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Benchmarks;

/// <summary>
/// The models of benchmarks that draw: DIFFUSIONX_EDGE and DIFFUSIONX_CLOUD name their folders; without them they are mini models, which
/// show overheads and not what drawing costs.
/// </summary>
internal sealed class BenchmarkModels : IDisposable
{
    private readonly string folder;

    private BenchmarkModels(string folder, DrawingSettings edge, DrawingSettings cloud)
    {
        this.folder = folder;
        Edge = edge;
        Cloud = cloud;
    }

    public DrawingSettings Edge { get; }

    public DrawingSettings Cloud { get; }

    public static async Task<BenchmarkModels> LoadAsync()
    {
        var folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        MiniModel.Write(folder);
        return new BenchmarkModels(folder, await LoadAsync("DIFFUSIONX_EDGE", folder), await LoadAsync("DIFFUSIONX_CLOUD", folder));
    }

    public void Dispose()
    {
        Edge.Model.Dispose();
        Cloud.Model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<DrawingSettings> LoadAsync(string variable, string fallback)
    {
        var path = Environment.GetEnvironmentVariable(variable) ?? fallback;
        return new DrawingSettings(await DiffusionModel.LoadAsync(path), GenerationDefaults.Read(path));
    }
}
