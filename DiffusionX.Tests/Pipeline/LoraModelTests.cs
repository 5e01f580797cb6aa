using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using static TorchSharp.torch;

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

    private static string WriteLora(TemporaryFolder folder, string layer, int inputs, int outputs, string name = "lora.safetensors")
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(folder.File(name), new Dictionary<string, Tensor>
        {
            [$"{layer}.lora_down.weight"] = ones(2, inputs),
            [$"{layer}.lora_up.weight"] = ones(outputs, 2),
            [$"{layer}.alpha"] = tensor(1f),
        });
        return folder.File(name);
    }

    private static async Task<Picture> DrawAsync(DiffusionModel model) => (await model.GenerateAsync(Request)).Images[0].Picture;
}
