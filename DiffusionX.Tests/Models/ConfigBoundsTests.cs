using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Vae;

namespace DiffusionX.Tests.Models;

/// <summary>Configs that ask for absurd networks are refused in one line, before anything is built.</summary>
[TestFixture]
public sealed class ConfigBoundsTests
{
    [TestCase("""{ "block_out_channels": [128, 1000000000] }""", "block_out_channels")]
    [TestCase("""{ "block_out_channels": [48] }""", "norm_num_groups")]
    [TestCase("""{ "norm_num_groups": 0 }""", "norm_num_groups")]
    [TestCase("""{ "layers_per_block": 1000000000 }""", "layers_per_block")]
    [TestCase("""{ "latent_channels": 0 }""", "latent_channels")]
    [TestCase("""{ "scaling_factor": 0 }""", "scaling_factor")]
    [TestCase("""{ "latents_mean": [0.1, 0.2, 0.3, 0.4] }""", "latents_mean")]
    [TestCase("""{ "shift_factor": 0.1 }""", "shift_factor")]
    public void A_VAEs(string config, string setting) =>
        AssertRefused(config, setting, (json, source) => AutoencoderKLConfig.FromJson(json, source));

    [TestCase("""{ "num_hidden_layers": 1000000000 }""", "num_hidden_layers")]
    [TestCase("""{ "num_hidden_layers": 0 }""", "num_hidden_layers")]
    [TestCase("""{ "hidden_size": 1000000000 }""", "hidden_size")]
    [TestCase("""{ "hidden_size": 100 }""", "num_attention_heads")]
    [TestCase("""{ "num_attention_heads": 0 }""", "num_attention_heads")]
    [TestCase("""{ "vocab_size": 2000000000 }""", "vocab_size")]
    [TestCase("""{ "max_position_embeddings": 0 }""", "max_position_embeddings")]
    [TestCase("""{ "projection_dim": 1000000000, "architectures": ["CLIPTextModelWithProjection"] }""", "projection_dim")]
    public void A_text_encoders(string config, string setting) =>
        AssertRefused(config, setting, (json, source) => ClipTextConfig.FromJson(json, source));

    [Test]
    public void What_newer_diffusers_write_into_a_VAEs_config_changes_nothing()
    {
        const string Config =
            """
            {
              "latents_mean": null, "latents_std": null, "shift_factor": null, "force_upcast": true, "use_quant_conv": true,
              "mid_block_add_attention": true
            }
            """;

        var config = AutoencoderKLConfig.FromJson(Json.Parse(Config), "vae/config.json");

        Assert.That(config.ForceUpcast, Is.True);
    }

    private static void AssertRefused(string config, string setting, Func<JsonElement, string, object> read) => Assert.That(
        () => read(Json.Parse(config), "config.json"),
        Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'").And.Message.StartsWith("config.json"));
}
