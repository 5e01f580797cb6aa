using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
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
        Assert.That(EmbeddingDelta.Features([1, 5], [3, 2]), Is.EqualTo(new float[] { 2, -3, 2, 3 }));

    [TestCase(-100, 0.40)]
    [TestCase(0, 0.65)]
    [TestCase(100, 0.90)]
    public void A_prediction_stays_within_the_strengths_that_labels_have(double bias, double expected)
    {
        using var scope = NewDisposeScope();
        using var head = Head(StrengthSide.Edge, 4, new Dictionary<string, string>(), bias);

        Assert.That(head.ToMlp().Predict(new float[4]), Is.EqualTo(expected).Within(1e-6));
    }

    [TestCase(0.49, 0.49)]
    [TestCase(0.50, 0.80)]
    [TestCase(0.85, 0.85)]
    public void Where_more_noise_costs_no_steps_a_prediction_is_raised_to_what_is_ample(double said, double expected)
    {
        using var scope = NewDisposeScope();
        using var head = Head(StrengthSide.Edge, 4, new Dictionary<string, string>(), bias: said - 0.65);
        using var generous = StrengthHead.MeanOf([head], new StrengthFloor(From: 0.499999, Strength: 0.80));

        Assert.That(generous.ToMlp().Predict(new float[4]), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void The_mean_of_heads_is_one_head_that_says_what_they_say_in_the_mean()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var shape = new StrengthHeadConfig { Side = StrengthSide.Cloud, Inputs = 12, HiddenWidths = [16, 8], Encoders = new Dictionary<string, string>() };
        StrengthHead[] heads = [new(shape), new(shape), new(shape)];
        for (var i = 0; i < heads.Length; i++)
        {
            WeightInitialization.Draw(heads[i], seed: i);
            heads[i].Standardise(stack([-ones(12), ones(12)]));
        }

        var features = randn(8, 12);

        using var mean = StrengthHead.MeanOf(heads, floor: null);

        var expected = stack(heads.Select(head => head.forward(features))).mean([0]);
        Assert.That(mean.forward(features).data<float>().ToArray(), Is.EqualTo(expected.data<float>().ToArray()).Within(1e-5));
        Assert.That(expected.std().item<float>(), Is.GreaterThan(1e-3), "features make a difference");
        foreach (var head in heads)
        {
            head.Dispose();
        }
    }

    [TestCase("Edge")]
    [TestCase("Cloud")]
    public void In_plain_numbers_a_head_says_what_its_network_says(string name)
    {
        var side = Enum.Parse<StrengthSide>(name);
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        int[] hiddenWidths = side == StrengthSide.Edge ? [16] : [16, 8];
        using var head = new StrengthHead(new StrengthHeadConfig { Side = side, Inputs = 12, HiddenWidths = hiddenWidths, Encoders = new Dictionary<string, string>() });
        WeightInitialization.Draw(head, seed: 5);
        head.Standardise(randn(20, 12));
        var features = 3 * randn(8, 12);

        var plain = Enumerable.Range(0, 8).Select(i => head.ToMlp().Predict(features[i].data<float>().ToArray()));

        var network = head.forward(features).data<float>().ToArray().Select(strength => StrengthRange.Clip(strength)).ToArray();
        Assert.That(plain, Is.EqualTo(network).Within(1e-5));
        Assert.That(network.Distinct().Count(), Is.GreaterThan(1), "features make a difference");
    }

    [Test]
    public async Task A_saved_head_of_the_edge_predicts_for_the_model_it_was_trained_with()
    {
        using (var head = Head(StrengthSide.Edge, 2 * TextWidth, await TextEncoderAsync()))
        {
            StrengthHeadFolder.Save(Folder.File("edge"), head);
        }

        var predictor = await EdgeStrengthPredictor.LoadAsync(Folder.File("edge"), Model);
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

        Assert.That(() => CloudStrengthPredictor.LoadAsync(Folder.File("side"), () => MiniEncoders.Load(Folder.Path)), Throws.TypeOf<StrengthException>().With.Message.Contains("Edge"));
    }

    [Test]
    public async Task The_cloud_predicts_from_the_prompt_and_a_draft_that_came_as_a_latent()
    {
        using (var encoders = MiniEncoders.Load(Folder.Path))
        using (var head = Head(StrengthSide.Cloud, 16 + 8, encoders.Fingerprints))
        {
            StrengthHeadFolder.Save(Folder.File("cloud"), head);
        }

        using var predictor = await CloudStrengthPredictor.LoadAsync(Folder.File("cloud"), () => MiniEncoders.Load(Folder.Path));
        var strength = await predictor.PredictAsync(new StrengthContext(Model, "a red house") { Latent = new Latent(new float[4 * 8 * 8], 4, 8, 8) });

        Assert.That(strength, Is.InRange(0.40, 0.90));
    }

    [Test]
    public async Task The_cloud_predicts_from_how_well_the_draft_fits_the_prompt()
    {
        using (var agreement = ClipScoreFeature.Load(Folder.File("clip")))
        using (var head = Head(StrengthSide.Cloud, 1, agreement.Fingerprints))
        {
            StrengthHeadFolder.Save(Folder.File("agreement"), head);
        }

        using var predictor = await CloudStrengthPredictor.LoadAsync(Folder.File("agreement"), () => ClipScoreFeature.Load(Folder.File("clip")));
        var strength = await predictor.PredictAsync(new StrengthContext(Model, "a red house") { Picture = new Picture(32, 32, new byte[32 * 32 * 3]) });

        Assert.That(strength, Is.InRange(0.40, 0.90));
    }

    [Test]
    public void Agreement_is_CLIPs_score_of_the_draft()
    {
        using var agreement = ClipScoreFeature.Load(Folder.File("clip"));
        using var clip = ClipScorer.Load(Folder.File("clip"), "CLIP");
        var draft = new Picture(32, 32, [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)i)]);

        Assert.That(agreement.Of("a red house", draft), Is.EqualTo(new[] { (float)clip.Score([draft], "a red house")[0] }));
    }

    [Test]
    public void A_head_of_the_papers_features_is_refused_with_others()
    {
        using (var encoders = MiniEncoders.Load(Folder.Path))
        using (var head = Head(StrengthSide.Cloud, 16 + 8, encoders.Fingerprints))
        {
            StrengthHeadFolder.Save(Folder.File("papers"), head);
        }

        Assert.That(
            () => CloudStrengthPredictor.LoadAsync(Folder.File("papers"), () => ClipScoreFeature.Load(Folder.File("clip"))), Throws.TypeOf<StrengthException>().With.Message.Contains("clip_text_encoder (none)"));
    }

    [Test]
    public void Another_prompt_and_another_draft_are_other_features()
    {
        using var encoders = MiniEncoders.Load(Folder.Path);
        var (black, white) = (new Picture(32, 32, new byte[32 * 32 * 3]), new Picture(32, 32, [.. Enumerable.Repeat((byte)255, 32 * 32 * 3)]));

        var house = encoders.Of("a red house", black);

        Assert.That(encoders.Of("a yellow moon", black)[..16], Is.Not.EqualTo(house[..16]));
        Assert.That(encoders.Of("a red house", white)[16..], Is.Not.EqualTo(house[16..]));
    }

    [TestCase("{}")]
    [TestCase("""{ "side": "edge", "inputs": 0, "hidden_widths": [4], "encoders": {} }""")]
    [TestCase("""{ "side": "middle", "inputs": 4, "hidden_widths": [4], "encoders": {} }""")]
    [TestCase("""{ "side": "edge", "inputs": 4, "hidden_widths": [4], "ample": { "from": 0.5, "strength": 5 }, "encoders": {} }""")]
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
