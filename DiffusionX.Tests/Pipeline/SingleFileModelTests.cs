using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Checkpoints.SingleFile;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class SingleFileModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 3, Seed = 7 };

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_single_file_draws_as_the_folder_of_its_parts(bool second)
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder, second);
        WriteFolder(folder.File("model"), SingleFileCheckpoint.Open(file), folder.File("tokenizer"));
        using var fromFile = await DiffusionModel.LoadAsync(file);
        using var fromFolder = await DiffusionModel.LoadAsync(folder.File("model"));

        var picture = (await fromFile.GenerateAsync(Request)).Images[0].Picture;

        Assert.That(picture, Is.SamePictureAs((await fromFolder.GenerateAsync(Request)).Images[0].Picture));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_single_file_of_Stable_Diffusion_XL_or_SSD_1B_has_the_tensors_of_its_folder_and_draws(bool isXL)
    {
        using var folder = new TemporaryFolder();
        (isXL ? (Action<string>)MiniModelXL.WriteCloud : MiniModelXL.WriteEdge)(folder.File("model"));
        FolderToSingleFile.Write(folder.File("model"), folder.File("model/xl.safetensors"));
        var checkpoint = SingleFileCheckpoint.Open(folder.File("model/xl.safetensors"));
        var unet = checkpoint.ReadConfig("unet").Json;

        using var model = await DiffusionModel.LoadAsync(folder.File("model/xl.safetensors"));
        var result = await model.GenerateAsync(Request with { Width = 64, Height = 64 });

        Assert.Multiple(() =>
        {
            Assert.That(Text(unet, "transformer_layers_per_block"), Is.EqualTo(isXL ? "[1,2]" : "absent"));
            Assert.That(Text(unet, "reverse_transformer_layers_per_block"), Is.EqualTo(isXL ? "absent" : "[[1,2],1]"));
            Assert.That(Text(unet, "mid_block_type"), Is.EqualTo(isXL ? "absent" : "\"UNetMidBlock2D\""));
            Assert.That(unet.GetProperty("addition_time_embed_dim").GetInt32(), Is.EqualTo(8));
            Assert.That(result.Images, Has.Count.EqualTo(1));
            foreach (var component in new[] { "unet", "vae", "text_encoder", "text_encoder_2" })
            {
                AssertSame(checkpoint, component, folder.File($"model/{component}"));
            }
        });
    }

    [Test]
    public void Options_of_single_files_are_refused_for_a_folder()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        var options = new DiffusionModelOptions { SingleFile = new SingleFileOptions { Vae = "vae.safetensors" } };

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path, options), Throws.TypeOf<GenerationException>().With.Message.Contains("single file"));
    }

    [Test]
    public void A_single_file_without_a_tokenizer_beside_it_says_where_to_get_one()
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder, second: false);
        Directory.Delete(folder.File("tokenizer"), recursive: true);

        Assert.That(() => DiffusionModel.LoadAsync(file), Throws.TypeOf<ModelConfigException>().With.Message.Contains("vocab.json"));
    }

    [Test]
    public async Task The_tokenizer_can_be_named()
    {
        using var folder = new TemporaryFolder();
        var file = Write(folder, second: false);
        Directory.Move(folder.File("tokenizer"), folder.File("elsewhere"));

        using var model = await DiffusionModel.LoadAsync(file, new DiffusionModelOptions { TokenizerFolder = folder.File("elsewhere") });

        Assert.That((await model.GenerateAsync(Request)).Images, Has.Count.EqualTo(1));
    }

    private static string Text(JsonElement config, string setting) => config.TryGetProperty(setting, out var value) ? value.GetRawText() : "absent";

    private static void AssertSame(SingleFileCheckpoint checkpoint, string component, string folder)
    {
        using var actual = checkpoint.OpenWeights(component);
        using var expected = CheckpointFiles.Open(folder, component.StartsWith("text", StringComparison.Ordinal) ? "model" : "diffusion_pytorch_model");
        Assert.That(actual.Tensors.Keys, Is.EquivalentTo(expected.Tensors.Keys), component);
        foreach (var entry in expected.Tensors.Values)
        {
            using var scope = NewDisposeScope();
            Assert.That(Read(actual, entry).Equals(Read(expected, entry)), Is.True, $"{component}/{entry.Name}");
        }
    }

    private static string Write(TemporaryFolder folder, bool second)
    {
        using var scope = NewDisposeScope();
        MiniModel.WriteTokenizer(folder.Path);
        return MiniSingleFile.Write(folder, second ? MiniSingleFile.StableDiffusion2() : MiniSingleFile.StableDiffusion1());
    }

    // What diffusers' save_pretrained would write of the file.
    private static void WriteFolder(string path, SingleFileCheckpoint checkpoint, string tokenizer)
    {
        foreach (var (component, config, weights) in new[]
                 {
                     ("unet", "config.json", "diffusion_pytorch_model"), ("vae", "config.json", "diffusion_pytorch_model"), ("text_encoder", "config.json", "model"),
                     ("scheduler", "scheduler_config.json", null),
                 })
        {
            Directory.CreateDirectory(Path.Combine(path, component));
            File.WriteAllText(Path.Combine(path, component, config), checkpoint.ReadConfig(component).Json.GetRawText());
            if (weights is not null)
            {
                using var scope = NewDisposeScope();
                using var source = checkpoint.OpenWeights(component);
                SafetensorsWriter.Save(Path.Combine(path, component, $"{weights}.safetensors"), source.Tensors.ToDictionary(pair => pair.Key, pair => Read(source, pair.Value)));
            }
        }

        Directory.CreateDirectory(Path.Combine(path, "tokenizer"));
        foreach (var file in Directory.EnumerateFiles(tokenizer))
        {
            File.Copy(file, Path.Combine(path, "tokenizer", Path.GetFileName(file)));
        }

        if (checkpoint.LoadTokenizer("tokenizer").PadToken == 0)
        {
            File.WriteAllText(Path.Combine(path, "tokenizer", "special_tokens_map.json"), """{"pad_token": "\u0100"}""");
        }
    }

    private static Tensor Read(IWeightSource source, TensorEntry entry)
    {
        var tensor = empty([.. entry.Shape], entry.DType);
        source.CopyTo(entry.Name, tensor);
        return tensor;
    }
}
