using System.Runtime.InteropServices;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

/// <summary>A predictor whose encoders run out of memory costs nobody the picture, and never shows libtorch's own error.</summary>
[TestFixture]
public sealed class PredictorMemoryTests
{
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void SaveAHead()
    {
        folder = new TemporaryFolder();
        using var head = new StrengthHead(new StrengthHeadConfig
        {
            Side = StrengthSide.Cloud,
            Inputs = 1,
            HiddenWidths = [4],
            Encoders = new Dictionary<string, string>(),
        });
        WeightInitialization.Draw(head, seed: 1);
        StrengthHeadFolder.Save(folder.Path, head);
    }

    [OneTimeTearDown]
    public void RemoveIt() => folder.Dispose();

    [Test]
    public async Task In_the_cloud_it_is_one_readable_error()
    {
        var link = new InMemoryTransport();
        using var predictor = await CloudStrengthPredictor.LoadAsync(folder.Path, () => new FeaturesWithoutMemory());
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = predictor });
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick);
        await session.PromptAsync("a red house");

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("not enough memory"));
    }

    [Test]
    public async Task On_the_edge_the_strength_is_left_to_the_cloud()
    {
        var link = new InMemoryTransport();
        using var predictor = await CloudStrengthPredictor.LoadAsync(folder.Path, () => new FeaturesWithoutMemory());
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = new FixedStrength(0.55) });
        await using var session = await EdgeSession.OpenAsync(
            SessionModels.Edge, link, SessionSettings.With(refinement => refinement with { DraftStrength = predictor }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.Strength, Is.EqualTo(0.55));
    }

    private sealed class FeaturesWithoutMemory : IDraftFeatures
    {
        public IReadOnlyDictionary<string, string> Fingerprints { get; } = new Dictionary<string, string>();

        public float[] Of(string prompt, Picture draft) => throw new NoMemory();

        public void Dispose()
        {
        }
    }

    // What TorchSharp throws when libtorch's allocator fails.
    private sealed class NoMemory() : ExternalException("[enforce fail] DefaultCPUAllocator: can't allocate memory");
}
