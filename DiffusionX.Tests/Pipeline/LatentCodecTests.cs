using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class LatentCodecTests
{
    private static readonly AutoencoderKLConfig SmallVae = new() { BlockOutChannels = [8, 8], NormGroups = 4 };

    [Test]
    public void A_latent_that_leaves_the_range_of_float16_is_decoded_again_in_float32()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var half = Codec(ScalarType.Float16);
        using var single = Codec(ScalarType.Float32);
        var latents = full([1, 4, 4, 4], 20_000f);

        var image = half.Decode(latents);

        Assert.That((image - single.Decode(latents)).abs().max().item<float>(), Is.LessThan(0.05));
    }

    [Test]
    public void A_latent_that_is_no_number_is_an_error_that_says_what_to_try()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var codec = Codec(ScalarType.Float32);

        Assert.That(() => codec.Decode(full([1, 4, 4, 4], float.NaN)), Throws.TypeOf<GenerationException>().With.Message.Contains("another seed"));
    }

    private static LatentCodec Codec(ScalarType dtype)
    {
        using var placement = ParameterPlacement.On(CPU, dtype);
        var vae = new AutoencoderKL(SmallVae);
        HashWeights.Fill(vae);
        return new LatentCodec(vae, CPU, dtype);
    }
}
