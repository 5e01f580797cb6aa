using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;

namespace DiffusionX.Tests.Models;

[TestFixture]
public sealed class UNet2DConditionConfigTests
{
    [Test]
    public void An_absent_mid_block_type_means_the_default_one()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "cross_attention_dim": 768 }"""), "unet/config.json");

        Assert.That(config.MidBlock, Is.EqualTo(UNetMidBlock.CrossAttention));
    }

    [Test]
    public void A_mid_block_type_of_null_means_none()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "mid_block_type": null }"""), "unet/config.json");

        Assert.That(config.MidBlock, Is.EqualTo(UNetMidBlock.None));
    }

    [Test]
    public void An_attention_head_dim_of_8_means_8_heads_everywhere()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "attention_head_dim": 8 }"""), "unet/config.json");

        Assert.That(config.AttentionHeads, Is.EqualTo(new[] { 8, 8, 8, 8 }));
    }

    [Test]
    public void A_list_of_attention_head_dims_gives_each_level_its_heads()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "attention_head_dim": [5, 10, 20, 20] }"""), "unet/config.json");

        Assert.That(config.AttentionHeads, Is.EqualTo(new[] { 5, 10, 20, 20 }));
    }

    [Test]
    public void What_newer_diffusers_write_into_every_config_changes_nothing()
    {
        const string Config =
            """
            {
              "class_embed_type": null, "num_class_embeds": null, "encoder_hid_dim": null, "encoder_hid_dim_type": null,
              "mid_block_only_cross_attention": null,
              "cross_attention_norm": null, "addition_embed_type": null, "addition_embed_type_num_heads": 64,
              "addition_time_embed_dim": null,
              "attention_type": "default",
              "dropout": 0.0, "num_attention_heads": null, "only_cross_attention": [false, false, false, false],
              "projection_class_embeddings_input_dim": null,
              "resnet_out_scale_factor": 1.0, "reverse_transformer_layers_per_block": null, "time_cond_proj_dim": null,
              "time_embedding_act_fn": null,
              "time_embedding_dim": null, "timestep_post_act": null, "upcast_attention": true, "_name_or_path": "somewhere"
            }
            """;

        Assert.That(() => UNet2DConditionConfig.FromJson(Json.Parse(Config), "unet/config.json"), Throws.Nothing);
    }

    [TestCase("""{ "class_embed_type": "timestep" }""", "class_embed_type")]
    [TestCase("""{ "addition_embed_type": "image" }""", "addition_embed_type")]
    [TestCase("""{ "only_cross_attention": [true, false, true, true] }""", "only_cross_attention")]
    [TestCase("""{ "dual_cross_attention": true }""", "dual_cross_attention")]
    [TestCase("""{ "resnet_time_scale_shift": "scale_shift" }""", "resnet_time_scale_shift")]
    [TestCase("""{ "mid_block_type": "UNetMidBlock2DSimpleCrossAttn" }""", "mid_block_type")]
    [TestCase("""{ "down_block_types": ["AttnDownBlock2D"] }""", "down_block_types")]
    [TestCase("""{ "a_setting_of_the_future": 3 }""", "a_setting_of_the_future")]
    public void A_setting_that_asks_for_other_maths_is_refused_by_name(string config, string setting)
    {
        Assert.That(
            () => UNet2DConditionConfig.FromJson(Json.Parse(config), "unet/config.json"),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'").And.Message.StartsWith("unet/config.json"));
    }

    [TestCase("""{ "layers_per_block": "two" }""", "layers_per_block")]
    [TestCase("""{ "layers_per_block": 2.5 }""", "layers_per_block")]
    [TestCase("""{ "block_out_channels": [] }""", "block_out_channels")]
    [TestCase("""{ "block_out_channels": [320, 640] }""", "block_out_channels")]
    [TestCase("""{ "attention_head_dim": [5, 10] }""", "attention_head_dim")]
    [TestCase("""{ "attention_head_dim": 7 }""", "attention_head_dim")]
    [TestCase("""{ "norm_eps": true }""", "norm_eps")]
    [TestCase("""{ "layers_per_block": 1000000000 }""", "layers_per_block")]
    [TestCase("""{ "layers_per_block": 0 }""", "layers_per_block")]
    [TestCase("""{ "block_out_channels": [320, 640, 1280, 1000000000] }""", "block_out_channels")]
    [TestCase("""{ "sample_size": 0 }""", "sample_size")]
    [TestCase("""{ "in_channels": 0 }""", "in_channels")]
    [TestCase("""{ "cross_attention_dim": 2000000000 }""", "cross_attention_dim")]
    [TestCase("""{ "attention_head_dim": 0 }""", "attention_head_dim")]
    [TestCase("""{ "norm_num_groups": 0 }""", "norm_num_groups")]
    [TestCase("""{ "norm_num_groups": 33 }""", "norm_num_groups")]
    [TestCase("""{ "conv_in_kernel": 4 }""", "conv_in_kernel")]
    [TestCase("""{ "transformer_layers_per_block": 1000000000 }""", "transformer_layers_per_block")]
    [TestCase("""{ "transformer_layers_per_block": [1, 1] }""", "transformer_layers_per_block")]
    [TestCase("""{ "transformer_layers_per_block": [1, 1, "two", 1] }""", "transformer_layers_per_block")]
    [TestCase("""{ "transformer_layers_per_block": [[1, 2], 1, 1, 1] }""", "transformer_layers_per_block")]
    [TestCase("""{ "transformer_layers_per_block": 128, "layers_per_block": 32 }""", "transformer_layers_per_block")]
    [TestCase("""{ "reverse_transformer_layers_per_block": [[1, 2], 1, 1, 1] }""", "reverse_transformer_layers_per_block")]
    [TestCase("""{ "addition_embed_type": "text_time" }""", "addition_embed_type")]
    public void A_setting_of_the_wrong_kind_is_refused_by_name(string config, string setting)
    {
        Assert.That(
            () => UNet2DConditionConfig.FromJson(Json.Parse(config), "unet/config.json"),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'"));
    }
}
