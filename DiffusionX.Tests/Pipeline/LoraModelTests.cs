using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class LoraModelTests
{
    private const string UNetLayer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
    private const string TextLayer = "lora_te_text_model_encoder_layers_0_mlp_fc1";

    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 2, Seed = 7 };

    [TestCase(UNetLayer, 32, 32)]
    [TestCase(TextLayer, 32, 64)]
    public async Task A_LoRA_changes_what_the_model_draws_and_leaves_no_trace_when_it_is_taken_out(string layer, int inputs, int outputs)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var lora = new LoraSelection(WriteLora(folder, layer, inputs, outputs), 0.5);
        using var model = await DiffusionModel.LoadAsync(folder.Path);
        var before = await DrawAsync(model);
        var fingerprints = (await model.FingerprintAsync(), await model.FingerprintUNetAsync());

        await model.SetLorasAsync([lora]);
        var changed = await DrawAsync(model);
        var changedFingerprints = (await model.FingerprintAsync(), await model.FingerprintUNetAsync());
        var selected = model.Loras;
        await model.SetLorasAsync([]);

        Assert.Multiple(async () =>
        {
            Assert.That(changed, Is.Not.SamePictureAs(before));
            Assert.That(changedFingerprints, Is.Not.EqualTo(fingerprints));
            Assert.That(selected, Is.EqualTo(new[] { lora }));
            Assert.That(model.Loras, Is.Empty);
            Assert.That(await DrawAsync(model), Is.SamePictureAs(before));
            Assert.That((await model.FingerprintAsync(), await model.FingerprintUNetAsync()), Is.EqualTo(fingerprints));
        });
    }

    [Test]
    public async Task A_LoRA_merged_at_loading_is_as_one_that_is_merged_later()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var lora = new LoraSelection(WriteLora(folder, UNetLayer, 32, 32), -0.7);
        using var later = await DiffusionModel.LoadAsync(folder.Path);
        await later.SetLorasAsync([lora]);

        using var atLoading = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [lora] });

        Assert.That(await DrawAsync(atLoading), Is.SamePictureAs(await DrawAsync(later)));
    }

    [Test]
    public async Task A_LoRA_of_another_model_leaves_those_that_are_merged()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var good = new LoraSelection(WriteLora(folder, UNetLayer, 32, 32));
        var bad = new LoraSelection(WriteLora(folder, UNetLayer, 48, 32, "bad.safetensors"));
        using var model = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [good] });
        var before = await DrawAsync(model);

        Assert.Multiple(async () =>
        {
            Assert.That(() => model.SetLorasAsync([good, bad]), Throws.TypeOf<CheckpointException>().With.Message.Contains("another model"));
            Assert.That(model.Loras, Is.EqualTo(new[] { good }));
            Assert.That(await DrawAsync(model), Is.SamePictureAs(before));
        });
    }

    [Test]
    public void A_LoRA_that_can_not_be_merged_at_loading_fails_the_loading()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var options = new DiffusionModelOptions { Loras = [new LoraSelection(folder.File("none.safetensors"))] };

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path, options), Throws.TypeOf<CheckpointException>().With.Message.Contains("none.safetensors"));
    }

    [TestCase(UNetLayer, 32, 32)]
    [TestCase(TextLayer, 32, 64)]
    public async Task A_request_has_LoRAs_of_its_own_and_the_next_one_those_of_the_model(string layer, int inputs, int outputs)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var own = new LoraSelection(WriteLora(folder, UNetLayer, 32, 32), 0.3);
        var other = new LoraSelection(WriteLora(folder, layer, inputs, outputs, "other.safetensors"), 0.5);
        using var model = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [own] });
        using var set = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [other] });
        using var bare = await DiffusionModel.LoadAsync(folder.Path);
        var before = await DrawAsync(model);

        var changed = await DrawAsync(model, Request with { Loras = [other] });
        var without = await DrawAsync(model, Request with { Loras = [] });

        Assert.Multiple(async () =>
        {
            Assert.That(changed, Is.SamePictureAs(await DrawAsync(set)));
            Assert.That(without, Is.SamePictureAs(await DrawAsync(bare)));
            Assert.That(model.Loras, Is.EqualTo(new[] { own }));
            Assert.That(await DrawAsync(model), Is.SamePictureAs(before));
        });
    }

    [Test]
    public async Task A_request_with_a_LoRA_of_another_model_fails_alone()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var good = new LoraSelection(WriteLora(folder, UNetLayer, 32, 32));
        var bad = new LoraSelection(WriteLora(folder, UNetLayer, 48, 32, "bad.safetensors"));
        using var model = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [good] });
        var before = await DrawAsync(model);

        await Assert.ThatAsync(() => DrawAsync(model, Request with { Loras = [bad] }), Throws.TypeOf<CheckpointException>().With.Message.Contains("another model"));

        Assert.That(await DrawAsync(model), Is.SamePictureAs(before));
    }

    [Test]
    public async Task A_prompts_embedding_follows_the_LoRAs_of_the_text_encoder()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        using var model = await DiffusionModel.LoadAsync(folder.Path);
        var before = (await model.EmbedPromptAsync("a red house")).ToArray();

        await model.SetLorasAsync([new LoraSelection(WriteLora(folder, TextLayer, 32, 64))]);
        var changed = (await model.EmbedPromptAsync("a red house")).ToArray();
        await model.SetLorasAsync([]);

        Assert.That(changed, Is.Not.EqualTo(before));
        Assert.That((await model.EmbedPromptAsync("a red house")).ToArray(), Is.EqualTo(before));
    }

    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.Tcd)]
    public async Task With_a_LoRA_and_a_solver_of_few_steps_the_request_takes_four(SchedulerKind solver)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var lora = new LoraSelection(WriteLora(folder, UNetLayer, 32, 32), 0.5);
        using var model = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Loras = [lora] });
        var request = Request with { Scheduler = solver, Steps = 4, GuidanceScale = 1 };

        var result = await model.GenerateAsync(request);

        Assert.That((result.StepsRun, result.GuidedSteps), Is.EqualTo((4, 0)));
        Assert.That(await DrawAsync(model, request with { Loras = [] }), Is.Not.SamePictureAs(result.Images[0].Picture));
    }

    private static string WriteLora(TemporaryFolder folder, string layer, int inputs, int outputs, string name = "lora.safetensors") =>
        LoraWriter.Write(folder.File(name), (layer, inputs, outputs));

    private static async Task<Picture> DrawAsync(DiffusionModel model, GenerationRequest? request = null) =>
        (await model.GenerateAsync(request ?? Request)).Images[0].Picture;
}
