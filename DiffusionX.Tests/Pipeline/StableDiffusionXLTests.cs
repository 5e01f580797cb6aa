using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class StableDiffusionXLTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 4, Seed = 7 };

    private TemporaryFolder folder = null!;
    private DiffusionModel model = null!;

    [OneTimeSetUp]
    public async Task LoadAModel()
    {
        folder = new TemporaryFolder();
        MiniModelXL.WriteCloud(folder.File("xl"));
        model = await DiffusionModel.LoadAsync(folder.File("xl"));
    }

    [OneTimeTearDown]
    public void FreeIt()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task A_picture_is_drawn_at_the_size_that_the_model_was_trained_at()
    {
        var picture = (await model.GenerateAsync(Request)).Images[0].Picture;

        Assert.That((picture.Width, picture.Height), Is.EqualTo((64, 64)));
    }

    [Test]
    public async Task The_same_request_draws_the_same_picture_alone_and_among_others()
    {
        var alone = await model.GenerateAsync(Request);
        var among = await model.GenerateAsync(Request with { ImageCount = 3 });

        Assert.That(Distance(among, alone), Is.LessThan(1e-2), "but for rounding");
    }

    [Test]
    public async Task A_sweep_of_strengths_as_labels_are_drawn_gives_each_strengths_own_picture()
    {
        var start = (await model.GenerateAsync(Request)).Images[0].Latent;
        var redrawing = Request with { Prompt = "a red house at night", Seed = 9, Steps = 8, InitLatent = start };

        var swept = await model.SweepStrengthsAsync(redrawing, [0.5, 0.9]);
        var alone = await model.GenerateAsync(redrawing with { Strength = 0.9 });

        Assert.That(swept[1][0].Picture, Is.SamePictureAs(alone.Images[0].Picture).Within(2));
        Assert.That(swept[0][0].Picture, Is.Not.SamePictureAs(swept[1][0].Picture));
    }

    [Test]
    public async Task A_prompt_is_embedded_by_the_second_text_encoders_projection()
    {
        var embedding = await model.EmbedPromptAsync("a red house");

        Assert.That(embedding.Length, Is.EqualTo(MiniModelXL.PooledWidth));
    }

    [Test]
    public async Task Size_and_crop_change_what_is_drawn()
    {
        var whole = await model.GenerateAsync(Request);

        var cropped = await model.GenerateAsync(Request with { SizeConditioning = new SizeConditioning { CropTop = 32 } });
        var small = await model.GenerateAsync(
            Request with { SizeConditioning = new SizeConditioning { OriginalHeight = 16, OriginalWidth = 16 } });
        var told = await model.GenerateAsync(
            Request with { SizeConditioning = new SizeConditioning { OriginalHeight = 64, TargetWidth = 64 } });

        Assert.That(Distance(cropped, whole), Is.GreaterThan(1e-3));
        Assert.That(Distance(small, whole), Is.GreaterThan(1e-3));
        Assert.That(Distance(told, whole), Is.Zero, "it is told what it is told by default");
    }

    [TestCase(0, 0)]
    [TestCase(64, -1)]
    [TestCase(1_000_000, 0)]
    public void A_size_that_makes_no_sense_is_refused_by_name(int height, int crop)
    {
        var request = Request with { SizeConditioning = new SizeConditioning { OriginalHeight = height, CropTop = crop } };

        Assert.That(() => model.GenerateAsync(request), Throws.TypeOf<GenerationException>().With.Message.Contains("SizeConditioning."));
    }

    [Test]
    public async Task An_empty_negative_prompt_is_zeros_only_where_the_index_says_so()
    {
        using var other = new TemporaryFolder();
        MiniModelXL.WriteCloud(other.Path);
        await other.EditAsync("model_index.json", "\"force_zeros_for_empty_prompt\": true", "\"force_zeros_for_empty_prompt\": false");
        using var encodes = await DiffusionModel.LoadAsync(other.Path);

        var zeros = await model.GenerateAsync(Request);
        var encoded = await encodes.GenerateAsync(Request);
        var named = (
            await model.GenerateAsync(Request with { NegativePrompt = "fog" }),
            await encodes.GenerateAsync(Request with { NegativePrompt = "fog" }));

        Assert.That(Distance(encoded, zeros), Is.GreaterThan(1e-3));
        Assert.That(Distance(named.Item1, named.Item2), Is.Zero, "a negative prompt with words is read by both");
    }

    [Test]
    public async Task Half_precision_decodes_in_float32_and_shares_fingerprints()
    {
        using var half = await DiffusionModel.LoadAsync(folder.File("xl"), new DiffusionModelOptions { Precision = Precision.Float16 });

        var (one, other) = (await half.GenerateAsync(Request), await model.GenerateAsync(Request));

        Assert.That(Distance(one, other), Is.LessThan(2));
        Assert.That(await half.FingerprintAsync(), Is.EqualTo(await model.FingerprintAsync()));
    }

    [Test]
    public async Task The_small_model_goes_on_from_the_large_ones_latent_at_a_fraction_of_the_way()
    {
        MiniModelXL.WriteEdge(folder.File("edge"));
        using var edge = await DiffusionModel.LoadAsync(folder.File("edge"));
        var request = Request with { Steps = 10, Scheduler = SchedulerKind.Euler };

        var partialRun = await edge.DenoiseUntilAsync(request, 0.6);
        var ended = await model.GenerateAsync(request with { ContinueFrom = partialRun });

        Assert.That((partialRun.StepsRun, ended.StepsRun), Is.EqualTo((6, 4)));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    [TestCase(0.001)]
    public void A_fraction_that_leaves_one_of_both_nothing_is_refused(double fraction) =>
        Assert.That(() => model.DenoiseUntilAsync(Request, fraction), Throws.TypeOf<GenerationException>());

    [Test]
    public async Task The_large_and_the_small_model_share_latents_prompts_and_schedule()
    {
        MiniModelXL.WriteEdge(folder.File("small"));
        using var edge = await DiffusionModel.LoadAsync(folder.File("small"));

        Assert.That(await edge.FingerprintAsync(), Is.EqualTo(await model.FingerprintAsync()));
    }

    [TestCase("text_encoder_2/model.safetensors")]
    [TestCase("text_encoder/model.safetensors")]
    public async Task Other_weights_of_either_text_encoder_give_another_fingerprint(string file)
    {
        using var other = new TemporaryFolder();
        MiniModelXL.WriteCloud(other.Path);
        Negate(other.File(file), "text_model.final_layer_norm.bias");
        using var changed = await DiffusionModel.LoadAsync(other.Path);

        Assert.That((await changed.FingerprintAsync()).TextEncoder, Is.Not.EqualTo((await model.FingerprintAsync()).TextEncoder));
    }

    [Test]
    public async Task Loading_is_announced_part_by_part()
    {
        var parts = new Recorder<LoadingProgress>();
        using var loaded = await DiffusionModel.LoadAsync(folder.File("xl"), progress: parts);

        Assert.That(
            parts.All.Select(report => report.Component), Is.EqualTo(
                new[] { "tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2", "unet", "vae" }));
    }

    [Test]
    public async Task A_textual_inversion_has_vectors_for_both_text_encoders()
    {
        var options = new DiffusionModelOptions { TextualInversions = [Concept("toy", ("clip_l", 32), ("clip_g", 48))] };
        using var taught = await DiffusionModel.LoadAsync(folder.File("xl"), options);
        var request = Request with { Prompt = "a photo of toy" };

        Assert.That(Distance(await taught.GenerateAsync(request), await model.GenerateAsync(request)), Is.GreaterThan(1e-3));
        Assert.That(
            Distance(await taught.GenerateAsync(Request), await model.GenerateAsync(Request)), Is.Zero, "other prompts are read as before");
    }

    [Test]
    public void A_textual_inversion_of_another_kind_of_model_is_refused()
    {
        var single = new DiffusionModelOptions { TextualInversions = [Concept("single", ("emb_params", 32))] };
        var wide = new DiffusionModelOptions { TextualInversions = [Concept("wide", ("clip_l", 768), ("clip_g", 1280))] };

        Assert.That(
            () => DiffusionModel.LoadAsync(folder.File("xl"), single),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains("one text encoder"));
        Assert.That(
            () => DiffusionModel.LoadAsync(folder.File("xl"), wide), Throws.TypeOf<ModelConfigException>().With.Message.Contains("768"));
    }

    [TestCase(
        "unet/config.json", "\"projection_class_embeddings_input_dim\": 72", "\"projection_class_embeddings_input_dim\": 64", "refiner")]
    [TestCase(
        "unet/config.json",
        "\"projection_class_embeddings_input_dim\": 72",
        "\"projection_class_embeddings_input_dim\": 100",
        "different models")]
    [TestCase("unet/config.json", "\"cross_attention_dim\": 80", "\"cross_attention_dim\": 81", "different models")]
    [TestCase("text_encoder_2/config.json", "CLIPTextModelWithProjection", "CLIPTextModel", "without a projection")]
    public async Task Parts_of_different_models_are_refused(string file, string old, string replacement, string expected)
    {
        using var other = new TemporaryFolder();
        MiniModelXL.WriteCloud(other.Path);
        await other.EditAsync(file, old, replacement);

        await Assert.ThatAsync(
            () => DiffusionModel.LoadAsync(other.Path), Throws.TypeOf<ModelConfigException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_folder_without_the_second_text_encoder_is_refused_by_the_kind_of_model()
    {
        using var other = new TemporaryFolder();
        MiniModelXL.WriteCloud(other.Path);
        Directory.Delete(other.File("text_encoder_2"), recursive: true);

        Assert.That(
            () => DiffusionModel.LoadAsync(other.Path),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains("Stable Diffusion XL").And.Message.Contains("text_encoder_2/"));
    }

    private TextualInversion Concept(string name, params (string Key, int Width)[] vectors)
    {
        using var scope = NewDisposeScope();
        var path = folder.File($"{name}.safetensors");
        SafetensorsWriter.Save(path, vectors.ToDictionary(vector => vector.Key, vector => ones([2, vector.Width])));
        return TextualInversion.Load(path, name);
    }

    private static void Negate(string path, string name)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.Tensors.Keys.ToDictionary(key => key, key => key == name ? file.Read(key).neg() : file.Read(key));
        }

        SafetensorsWriter.Save(path, tensors);
    }

    private static double Distance(GenerationResult one, GenerationResult other) => Distance(one.Images[0].Latent, other.Images[0].Latent);

    private static double Distance(Latent one, Latent other) =>
        Math.Sqrt(one.Values.ToArray().Zip(other.Values.ToArray()).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
}
