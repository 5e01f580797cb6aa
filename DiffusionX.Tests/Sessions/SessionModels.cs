using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Sessions;

/// <summary>
/// The edge's and the cloud's model of all session tests, loaded once. They are equal, each with a compute thread of its own.
/// </summary>
[SetUpFixture]
public sealed class SessionModels
{
    // Tests say who waits for whom.
    private static readonly DiffusionModelOptions OneAtATime = new() { MaxBatch = 1 };

    private static TemporaryFolder folder = null!;

    public static DiffusionModel Edge { get; private set; } = null!;

    public static DiffusionModel Cloud { get; private set; } = null!;

    /// <summary>A cloud's model whose latents have another scale, which makes its VAE another one.</summary>
    public static DiffusionModel CloudWithAnotherVae { get; private set; } = null!;

    /// <summary>Where the cloud's model lies.</summary>
    public static string Folder => folder.File("mini");

    [OneTimeSetUp]
    public async Task LoadThem()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        MiniModel.Write(folder.File("other"));
        var config = folder.File("other/vae/config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("0.18215", "0.13025", StringComparison.Ordinal));
        Edge = await DiffusionModel.LoadAsync(folder.File("mini"), OneAtATime);
        Cloud = await DiffusionModel.LoadAsync(folder.File("mini"), OneAtATime);
        CloudWithAnotherVae = await DiffusionModel.LoadAsync(folder.File("other"));
    }

    [OneTimeTearDown]
    public void FreeThem()
    {
        Edge.Dispose();
        Cloud.Dispose();
        CloudWithAnotherVae.Dispose();
        folder.Dispose();
    }
}
