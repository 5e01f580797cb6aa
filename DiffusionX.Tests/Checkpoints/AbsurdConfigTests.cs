using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Checkpoints;

/// <summary>Configs that ask for what no machine holds, or that do not fit their weights: one line, before memory is taken.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class AbsurdConfigTests
{
    private const long MostBytes = 200_000_000;

    [TestCase("unet", "layers_per_block", "1000000000")]
    [TestCase("unet", "block_out_channels", "[2147483647, 2147483647]")]
    [TestCase("unet", "norm_num_groups", "0")]
    [TestCase("unet", "sample_size", "0")]
    [TestCase("unet", "cross_attention_dim", "2000000000")]
    [TestCase("unet", "transformer_layers_per_block", "1000000000")]
    [TestCase("vae", "layers_per_block", "1000000000")]
    [TestCase("vae", "block_out_channels", "[1000000000, 1, 1, 1]")]
    [TestCase("vae", "norm_num_groups", "0")]
    [TestCase("text_encoder", "num_hidden_layers", "1000000000")]
    [TestCase("text_encoder", "vocab_size", "2147483647")]
    [TestCase("text_encoder", "num_attention_heads", "0")]
    [TestCase("scheduler", "num_train_timesteps", "2147483647")]
    public void Numbers_out_of_all_bounds_are_refused_by_name(string component, string setting, string value) =>
        AssertRefused<ModelConfigException>(component, setting, value, setting);

    [TestCase("unet", "block_out_channels", "[16384, 16384]")]
    [TestCase("unet", "layers_per_block", "30")]
    [TestCase("vae", "block_out_channels", "[4096, 4096, 4096, 4096]")]
    [TestCase("vae", "layers_per_block", "30")]
    [TestCase("text_encoder", "num_hidden_layers", "200")]
    [TestCase("text_encoder", "intermediate_size", "100000")]
    [TestCase("text_encoder", "vocab_size", "4000000")]
    public void A_config_that_does_not_fit_its_weights_is_refused_before_memory_is_taken(string component, string setting, string value) =>
        AssertRefused<CheckpointException>(component, setting, value, "does not fit the model that its config describes");

    [TestCase(514, "takes 514")]
    [TestCase(2_000_000_000, "whole numbers from 0")]
    [TestCase(-1, "whole numbers from 0")]
    public void A_token_whose_id_the_text_encoder_has_no_row_for_is_refused(int id, string named)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        Change(folder.File("tokenizer/vocab.json"), "house</w>", id.ToString(CultureInfo.InvariantCulture));

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path), Throws.InstanceOf<DiffusionXException>().With.Message.Contains(named).And.Message.Contains("tokenizer"));
    }

    private static void AssertRefused<TException>(string component, string setting, string value, string named)
        where TException : DiffusionXException
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        Change(folder.File($"{component}/{(component == "scheduler" ? "scheduler_config.json" : "config.json")}"), setting, value);
        var before = OperatingSystem.IsLinux() ? ResidentMemory.BeginPeak() : 0;

        Assert.That(() => DiffusionModel.LoadAsync(folder.Path), Throws.TypeOf<TException>().With.Message.Contains(named));

        Assert.That(OperatingSystem.IsLinux() ? ResidentMemory.Peak() - before : 0, Is.LessThan(MostBytes));
    }

    private static void Change(string path, string setting, string value)
    {
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config[setting] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString(JsonSerializerOptions.Default));
    }
}
