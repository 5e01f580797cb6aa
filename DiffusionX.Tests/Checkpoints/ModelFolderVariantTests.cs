using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
[NoTensorLeaks]
public sealed class ModelFolderVariantTests
{
    [Test]
    public async Task A_variant_that_some_parts_have_loads_with_the_plain_weights_of_the_others()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        File.Move(folder.File("unet/diffusion_pytorch_model.safetensors"), folder.File("unet/diffusion_pytorch_model.fp16.safetensors"));

        using var model = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Variant = "fp16" });

        Assert.That(model.LatentChannels, Is.EqualTo(4));
    }

    [Test]
    public void A_variant_that_no_part_has_is_refused()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);

        Assert.That(
            () => DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Variant = "fp61" }),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("'fp61'"));
    }

    [TestCase("model_index.json")]
    [TestCase("unet/config.json")]
    public void A_config_may_begin_with_a_byte_order_mark(string name)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        folder.Write(name, "\uFEFF" + File.ReadAllText(folder.File(name)));

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path).GetAwaiter().GetResult().Dispose(), Throws.Nothing);
    }
}
