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

        Assert.That(config.HasMidBlock, Is.True);
    }

    [Test]
    public void A_mid_block_type_of_null_means_none()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "mid_block_type": null }"""), "unet/config.json");

        Assert.That(config.HasMidBlock, Is.False);
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

    [TestCase("""{ "class_embed_type": "timestep" }""", "class_embed_type")]
    [TestCase("""{ "addition_embed_type": "text_time" }""", "addition_embed_type")]
    [TestCase("""{ "time_cond_proj_dim": 256 }""", "time_cond_proj_dim")]
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
    public void A_setting_of_the_wrong_kind_is_refused_by_name(string config, string setting)
    {
        Assert.That(
            () => UNet2DConditionConfig.FromJson(Json.Parse(config), "unet/config.json"),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'"));
    }
}
