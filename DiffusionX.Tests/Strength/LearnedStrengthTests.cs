using DiffusionX.Generation;
using DiffusionX.Imaging;
using DiffusionX.Models;
using DiffusionX.Strength;
using DiffusionX.Tests.Generation;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Strength;

[TestFixture]
[NoTensorLeaks]
public sealed class LearnedStrengthTests : MiniModelTests
{
    private const int TextWidth = 32;

    [OneTimeSetUp]
    public void WriteMiniEncoders() => MiniEncoders.Write(Folder.Path);

    [Test]
    public void Features_hold_where_both_embeddings_differ_and_how_much() =>
        Assert.That(PromptChange.Features([1, 5], [3, 2]), Is.EqualTo(new float[] { 2, -3, 2, 3 }));

    [TestCase(-100, 0.40)]
    [TestCase(0, 0.65)]
    [TestCase(100, 0.90)]
    public void A_prediction_stays_within_the_strengths_that_labels_have(double bias, double expected)
    {
        using var scope = NewDisposeScope();
        using var head = Head(StrengthSide.Edge, 4, new Dictionary<string, string>(), bias);

        Assert.That(head.Predict(zeros(1, 4))[0], Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public async Task A_saved_head_of_the_edge_predicts_for_the_model_it_was_trained_with()
    {
        using (var head = Head(StrengthSide.Edge, 2 * TextWidth, await TextEncoderAsync()))
        {
            StrengthHeadFolder.Save(Folder.File("edge"), head);
        }

        using var predictor = await EdgeStrengthPredictor.LoadAsync(Folder.File("edge"), Model);
        var change = await predictor.PredictAsync(new StrengthContext(Model, "a boat") { PreviousPrompt = "a red house" });
        var first = await predictor.PredictAsync(new StrengthContext(Model, "a boat"));

        Assert.That(change, Is.InRange(0.40, 0.90));
        Assert.That(first, Is.EqualTo(0.40));
    }

    [Test]
    public void A_head_that_was_trained_with_another_text_encoder_is_refused()
    {
        using (var head = Head(StrengthSide.Edge, 2 * TextWidth, new Dictionary<string, string> { ["text_encoder"] = new('0', 64) }))
        {
            StrengthHeadFolder.Save(Folder.File("foreign"), head);
        }

        Assert.That(
            () => EdgeStrengthPredictor.LoadAsync(Folder.File("foreign"), Model),
            Throws.TypeOf<StrengthException>().With.Message.Contains("text_encoder 000000000000").And.Message.Contains("train strength --side edge"));
    }

    [Test]
    public async Task A_head_of_the_edge_is_refused_in_the_cloud()
    {
        using (var head = Head(StrengthSide.Edge, 2 * TextWidth, await TextEncoderAsync()))
        {
            StrengthHeadFolder.Save(Folder.File("side"), head);
        }

        using var encoders = MiniEncoders.Load(Folder.Path);

        Assert.That(() => CloudStrengthPredictor.Load(Folder.File("side"), encoders), Throws.TypeOf<StrengthException>().With.Message.Contains("Edge"));
    }

    [Test]
    public async Task The_cloud_predicts_from_the_prompt_and_a_draft_that_came_as_a_latent()
    {
        using (var encoders = MiniEncoders.Load(Folder.Path))
        using (var head = Head(StrengthSide.Cloud, 16 + 8, encoders.Fingerprints))
        {
            StrengthHeadFolder.Save(Folder.File("cloud"), head);
        }

        using var predictor = CloudStrengthPredictor.Load(Folder.File("cloud"), MiniEncoders.Load(Folder.Path));
        var strength = await predictor.PredictAsync(new StrengthContext(Model, "a red house") { Latent = new Latent(new float[4 * 8 * 8], 4, 8, 8) });

        Assert.That(strength, Is.InRange(0.40, 0.90));
    }

    [Test]
    public void Another_prompt_and_another_draft_are_other_features()
    {
        using var encoders = MiniEncoders.Load(Folder.Path);
        var (black, white) = (new Picture(32, 32, new byte[32 * 32 * 3]), new Picture(32, 32, [.. Enumerable.Repeat((byte)255, 32 * 32 * 3)]));

        var house = encoders.Features("a red house", black);

        Assert.That(encoders.Features("a yellow moon", black)[..16], Is.Not.EqualTo(house[..16]));
        Assert.That(encoders.Features("a red house", white)[16..], Is.Not.EqualTo(house[16..]));
    }

    [TestCase("{}")]
    [TestCase("""{ "side": "edge", "inputs": 0, "hidden_widths": [4], "encoders": {} }""")]
    [TestCase("""{ "side": "middle", "inputs": 4, "hidden_widths": [4], "encoders": {} }""")]
    public void A_config_that_describes_no_head_is_refused(string config)
    {
        Folder.Write("broken/config.json", config);

        Assert.That(
            () => StrengthHeadFolder.Load(Folder.File("broken"), StrengthSide.Edge, new Dictionary<string, string>()), Throws.TypeOf<StrengthException>());
    }

    private static StrengthHead Head(StrengthSide side, int inputs, IReadOnlyDictionary<string, string> encoders, double? bias = null)
    {
        var head = new StrengthHead(new StrengthHeadConfig { Side = side, Inputs = inputs, HiddenWidths = [4], Encoders = encoders });
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        WeightInitialization.Draw(head, seed: 1);
        head.Standardise(cat([zeros(1, inputs), ones(1, inputs)], 0) * 0.1);
        if (bias is { } shift)
        {
            head.named_parameters().Last(pair => pair.name.EndsWith("weight", StringComparison.Ordinal)).parameter.zero_();
            head.named_parameters().Last(pair => pair.name.EndsWith("bias", StringComparison.Ordinal)).parameter.fill_((float)shift);
        }

        return head;
    }

    private async Task<Dictionary<string, string>> TextEncoderAsync() => new() { ["text_encoder"] = (await Model.FingerprintAsync()).TextEncoder };
}
