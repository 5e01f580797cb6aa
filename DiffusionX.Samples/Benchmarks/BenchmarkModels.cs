using DiffusionX.Evaluation.Latency;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Benchmarks;

/// <summary>
/// The models of benchmarks that draw: DIFFUSIONX_EDGE and DIFFUSIONX_CLOUD name their folders; without them they are mini models, which show overheads and not
/// what drawing costs.
/// </summary>
internal sealed class BenchmarkModels : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;

    public BenchmarkModels()
    {
        MiniModel.Write(folder);
        Edge = Load("DIFFUSIONX_EDGE");
        Cloud = Load("DIFFUSIONX_CLOUD");
    }

    public DrawingSettings Edge { get; }

    public DrawingSettings Cloud { get; }

    public void Dispose()
    {
        Edge.Model.Dispose();
        Cloud.Model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private DrawingSettings Load(string variable)
    {
        var path = Environment.GetEnvironmentVariable(variable) ?? folder;
        return new DrawingSettings(DiffusionModel.Load(path), GenerationDefaults.Read(path));
    }
}
