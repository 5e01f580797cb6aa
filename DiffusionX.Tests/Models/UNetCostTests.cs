using DiffusionX.Models.UNet;
using DiffusionX.Tests.Pipeline.RealSize;

namespace DiffusionX.Tests.Models;

[TestFixture]
public sealed class UNetCostTests
{
    private const string TinySD =
        """
        {
          "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
          "block_out_channels": [320, 640, 1280], "mid_block_type": null, "layers_per_block": 1, "cross_attention_dim": 768
        }
        """;

    [Test]
    public void A_step_of_Stable_Diffusion_costs_its_402_billion_multiply_adds()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse("""{ "cross_attention_dim": 768 }"""), "sd15");

        Assert.That(UNetCost.MultiplyAdds(config, 64, 64) / 1e9, Is.EqualTo(402).Within(2));
    }

    // Published are 2,980 thousand million without the products of the attentions, which are 370 more.
    [Test]
    public void A_step_of_Stable_Diffusion_XL_costs_its_3350_billion_multiply_adds()
    {
        var config = UNet2DConditionConfig.FromJson(RealSizeXL.UNet("xl"), "xl");

        Assert.That(UNetCost.MultiplyAdds(config, 128, 128) / 1e9, Is.EqualTo(3350).Within(10));
    }

    [Test]
    public void A_step_of_Tiny_SD_costs_its_243_billion_multiply_adds()
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse(TinySD), "tiny-sd");

        Assert.That(UNetCost.MultiplyAdds(config, 64, 64) / 1e9, Is.EqualTo(243).Within(2));
    }
}
