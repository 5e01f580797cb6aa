using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class AutoencoderTinyTests
{
    [ReferenceCases("taesd")]
    public void It_encodes_and_decodes_as_diffusers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var taesd = new AutoencoderTiny(AutoencoderTinyConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(taesd);

        var latent = taesd.Encode(reference.Input("image"));
        var image = taesd.Decode(reference.Input("latent"));

        Assert.Multiple(() =>
        {
            reference.AssertClose("latent", latent);
            reference.AssertClose("image", image);
        });
    }

    [Test]
    public void It_has_the_published_number_of_parameters()
    {
        using var taesd = new AutoencoderTiny(new AutoencoderTinyConfig());

        Assert.That(taesd.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(2_445_063));
    }

    [Test]
    public void A_resolution_may_have_no_blocks()
    {
        using var scope = NewDisposeScope();
        using var json = JsonDocument.Parse("""
            {"encoder_block_out_channels": [4, 4], "decoder_block_out_channels": [4, 4], "num_encoder_blocks": [0, 1], "num_decoder_blocks": [1, 0]}
            """);
        using var taesd = new AutoencoderTiny(AutoencoderTinyConfig.FromJson(json.RootElement, "config.json"));
        WeightInitialization.Draw(taesd, 1);

        var picture = taesd.Decode(randn(1, 4, 5, 6));

        Assert.That(picture.shape, Is.EqualTo(new long[] { 1, 3, 10, 12 }));
        Assert.That(taesd.state_dict().Keys, Does.Contain("decoder.layers.5.weight").And.Contain("encoder.layers.3.weight"));
    }
}
