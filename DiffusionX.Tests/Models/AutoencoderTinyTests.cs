using DiffusionX.Checkpoints;
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
}
