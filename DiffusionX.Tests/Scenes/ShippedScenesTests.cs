using System.Text.Json;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Strength;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Scenes;

/// <summary>The models that come with the repository.</summary>
[TestFixture]
public sealed class ShippedScenesTests
{
    private const long MostBytes = 60_000_000;

    private static readonly string Folder = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes");

    private static string Cloud => Path.Combine(Folder, "cloud");

    private static string Edge => Path.Combine(Folder, "edge");

    [Test]
    public void All_of_them_together_take_at_most_60_MB()
    {
        var bytes = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

        Assert.That(bytes, Is.LessThanOrEqualTo(MostBytes));
    }

    [Test]
    public void A_step_of_the_edge_is_at_least_four_times_cheaper_than_one_of_the_cloud()
    {
        var (cloud, edge) = (CostOf(Cloud), CostOf(Edge));

        Assert.That(cloud / (double)edge, Is.GreaterThanOrEqualTo(4));
    }

    [Test]
    public async Task Both_sides_speak_of_the_same_latents_texts_and_noise()
    {
        using var cloud = await DiffusionModel.LoadAsync(Cloud);
        using var edge = await DiffusionModel.LoadAsync(Edge);

        Assert.That(await edge.FingerprintAsync(), Is.EqualTo(await cloud.FingerprintAsync()));
    }

    [Test]
    public async Task The_few_step_edge_speaks_of_the_same_latents_and_texts_and_draws_in_a_third_of_the_calls()
    {
        using var edge = await DiffusionModel.LoadAsync(Edge);
        using var few = await DiffusionModel.LoadAsync(Path.Combine(Folder, "edge-few"), new DiffusionModelOptions { PreviewDecoderFolder = Path.Combine(Folder, "taesd") });
        var defaults = GenerationDefaults.Read(Path.Combine(Folder, "edge-few"));

        var drawn = await few.GenerateAsync(new GenerationRequest { Prompt = "a red house", Steps = defaults.Steps, GuidanceScale = defaults.GuidanceScale, UsesPreviewDecoder = true });

        Assert.That(await few.FingerprintAsync(), Is.EqualTo(await edge.FingerprintAsync()));
        Assert.That((drawn.StepsRun, drawn.GuidedSteps), Is.EqualTo((6, 0)), "the guidance is built in");
    }

    [Test]
    public async Task The_edges_head_gives_a_change_of_time_more_noise_than_other_words_for_the_same()
    {
        using var edge = await DiffusionModel.LoadAsync(Edge);
        var head = await EdgeStrengthPredictor.LoadAsync(Path.Combine(Folder, "strength", "edge"), edge);

        var night = await head.PredictAsync(new StrengthContext(edge, "a red house in a meadow, at night") { PreviousPrompt = "a red house in a meadow, by day" });
        var reworded = await head.PredictAsync(new StrengthContext(edge, "by day, a red house in a meadow") { PreviousPrompt = "a red house in a meadow, by day" });

        Assert.That(night, Is.GreaterThan(reworded + 0.05));
    }

    [Test]
    public async Task The_clouds_head_asks_for_more_noise_where_a_draft_shows_something_else()
    {
        using var cloud = await DiffusionModel.LoadAsync(Cloud);
        using var head = await CloudStrengthPredictor.LoadAsync(Path.Combine(Folder, "strength", "cloud"), () => ClipScoreFeature.Load(Path.Combine(Folder, "clip")));
        var draft = await cloud.GenerateAsync(new GenerationRequest { Prompt = "a red house", Seed = 1, Steps = 10 });

        var fitting = await head.PredictAsync(new StrengthContext(cloud, "a red house") { Picture = draft.Images[0].Picture });
        var missing = await head.PredictAsync(new StrengthContext(cloud, "a yellow boat under a green moon") { Picture = draft.Images[0].Picture });

        Assert.That(missing, Is.GreaterThan(fitting + 0.1));
    }

    [TestCase("cloud")]
    [TestCase("edge")]
    public async Task A_night_is_darker_than_a_day(string side)
    {
        using var model = await DiffusionModel.LoadAsync(Path.Combine(Folder, side));

        var day = await BrightnessOf(model, "a red house in a meadow, by day");
        var night = await BrightnessOf(model, "a red house in a meadow, at night");

        Assert.That(night, Is.LessThan(day - 30));
    }

    private static async Task<double> BrightnessOf(DiffusionModel model, string prompt)
    {
        var result = await model.GenerateAsync(new GenerationRequest { Prompt = prompt, Seed = 1, Steps = 10, GuidanceScale = 2 });
        return result.Images[0].Picture.Pixels.ToArray().Average(value => (double)value);
    }

    private static long CostOf(string pipeline)
    {
        var path = Path.Combine(pipeline, "unet", "config.json");
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var config = UNet2DConditionConfig.FromJson(json.RootElement, path);
        return UNetCost.MultiplyAdds(config, config.SampleSize, config.SampleSize);
    }
}
