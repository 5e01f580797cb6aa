using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class ModelFamilyTests
{
    [TestCase(
        """{ "_class_name": "StableDiffusion3Pipeline", "transformer": ["diffusers", "SD3Transformer2DModel"] }""", "Stable Diffusion 3")]
    [TestCase("""{ "_class_name": "FluxPipeline", "transformer": ["diffusers", "FluxTransformer2DModel"] }""", "FLUX")]
    [TestCase("""{ "_class_name": "KandinskyV22Pipeline", "unet": ["diffusers", "UNet2DConditionModel"] }""", "Kandinsky")]
    [TestCase("""{ "_class_name": "SomePipeline", "transformer": ["diffusers", "SomeTransformer2DModel"] }""", "SomeTransformer2DModel")]
    [TestCase(
        """
        { "_class_name": "StableDiffusionXLImg2ImgPipeline", "text_encoder": [null, null],
          "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"] }
        """,
        "refiner")]
    public void A_model_of_another_family_is_refused_by_its_name(string index, string expected)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        folder.Write("model_index.json", index);

        Assert.That(
            () => DiffusionModel.LoadAsync(folder.Path),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains(expected).And.Message.Contains("not supported"));
    }

    [Test]
    public async Task A_pipeline_of_another_name_is_loaded_by_its_parts()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        await folder.EditAsync("model_index.json", "StableDiffusionPipeline", "SomebodysOwnPipeline");

        using var model = await DiffusionModel.LoadAsync(folder.Path);

        Assert.That(model.NativeSize, Is.EqualTo(64));
    }

    [Test]
    public async Task Stable_Diffusion_XL_without_an_index_is_known_by_its_second_text_encoder()
    {
        using var folder = new TemporaryFolder();
        MiniModelXL.WriteEdge(folder.Path);
        File.Delete(folder.File("model_index.json"));

        using var model = await DiffusionModel.LoadAsync(folder.Path);

        Assert.That((await model.EmbedPromptAsync("a boat")).Length, Is.EqualTo(MiniModelXL.PooledWidth));
    }

    [Test]
    public void A_UNet_that_is_told_sizes_needs_two_text_encoders()
    {
        using var folder = new TemporaryFolder();
        MiniModelXL.WriteEdge(folder.Path);
        File.Delete(folder.File("model_index.json"));
        Directory.Delete(folder.File("text_encoder_2"), recursive: true);

        Assert.That(
            () => DiffusionModel.LoadAsync(folder.Path),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains("Stable Diffusion XL"));
    }

    [Test]
    public void A_model_that_takes_a_depth_map_is_refused()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(
            folder.Path, unet => unet.Replace("\"sample_size\": 8", "\"sample_size\": 8, \"in_channels\": 5", StringComparison.Ordinal));

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path), Throws.TypeOf<ModelConfigException>().With.Message.Contains("depth map"));
    }
}
