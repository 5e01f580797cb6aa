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

    [Test]
    public void A_large_picture_is_the_same_with_much_memory_and_with_little()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var much = Codec(ScalarType.Float32);
        using var little = Codec(ScalarType.Float32, memory: 0);
        var images = rand([2, 3, 302, 270], generator: new Generator(1)).mul_(2).sub_(1);

        var latents = much.EncodeMean(images);

        Assert.That((little.EncodeMean(images) - latents).abs().max().item<float>(), Is.LessThan(1e-4));
        Assert.That((little.Decode(latents) - much.Decode(latents)).abs().max().item<float>(), Is.LessThan(1e-4));
    }

    [Test]
    public void One_picture_gives_many_samples()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var codec = Codec(ScalarType.Float32);
        var image = rand([1, 3, 16, 16], generator: new Generator(1));
        var noise = randn([3, 4, 8, 8], generator: new Generator(2));

        var samples = codec.Encode(image, noise);

        Assert.That((samples - codec.Encode(image.expand(3, -1, -1, -1), noise)).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Work_on_a_large_picture_stops_when_it_is_cancelled()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var codec = Codec(ScalarType.Float32);
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(() => codec.Decode(zeros(1, 4, 150, 150), cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => codec.EncodeMean(zeros(1, 3, 300, 300), cancelled), Throws.InstanceOf<OperationCanceledException>());
    }

    private static LatentCodec Codec(ScalarType dtype, long? memory = null)
    {
        using var placement = ParameterPlacement.On(CPU, dtype);
        var vae = new AutoencoderKL(SmallVae);
        HashWeights.Fill(vae);
        return new LatentCodec(vae, CPU, dtype, memory);
    }
}
