using DiffusionX.Checkpoints;
using DiffusionX.Models.Vae;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class AutoencoderKLTests
{
    [ReferenceCases("vae")]
    public void It_encodes_and_decodes_as_diffusers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var vae = new AutoencoderKL(AutoencoderKLConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(vae);

        var (mean, logVariance) = vae.Encode(reference.Input("image"));
        var image = vae.Decode(reference.Input("latent"));

        Assert.Multiple(() =>
        {
            reference.AssertClose("mean", mean);
            reference.AssertClose("logvar", logVariance);
            reference.AssertClose("image", image);
        });
    }

    [Test]
    public void A_config_without_a_scaling_factor_has_Stable_Diffusions()
    {
        var config = AutoencoderKLConfig.FromJson(Json.Parse("{}"), "vae/config.json");

        Assert.That(config.ScalingFactor, Is.EqualTo(0.18215));
    }

    [TestCase("""{ "use_quant_conv": false }""", "use_quant_conv")]
    [TestCase("""{ "shift_factor": 0.1 }""", "shift_factor")]
    [TestCase("""{ "latents_mean": [0, 0, 0, 0] }""", "latents_mean")]
    public void A_setting_that_asks_for_other_maths_is_refused_by_name(string config, string setting)
    {
        Assert.That(
            () => AutoencoderKLConfig.FromJson(Json.Parse(config), "vae/config.json"),
            Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'"));
    }
}
