using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Drawing;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
internal sealed class StripsTests
{
    private static readonly AutoencoderKLConfig Mini = new() { BlockOutChannels = [32, 32, 64, 64], LayersPerBlock = 1 };

    [Test]
    public void A_latent_is_decoded_to_the_picture_that_the_whole_gives([Values(1, 77, 640, 100_000)] int positions, [Values] bool savesMemory)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var vae = MiniVae();
        var latent = randn([1, 4, 9, 5], generator: new Generator(7));

        var inStrips = vae.Decode(latent, new Strips(positions, savesMemory, CancellationToken.None));

        Assert.That(LargestDifference.Between(inStrips, vae.Decode(latent)), Is.LessThan(1e-4));
    }

    [Test]
    public void A_picture_has_the_latent_that_the_whole_has([Values(1, 77, 640, 100_000)] int positions)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var vae = MiniVae();
        var image = rand([1, 3, 72, 40], generator: new Generator(7)).mul_(2).sub_(1);
        var whole = vae.Encode(image);

        var inStrips = vae.Encode(image, new Strips(positions, SavesMemory: true, CancellationToken.None));

        Assert.That(LargestDifference.Between(inStrips.Mean, whole.Mean), Is.LessThan(1e-4));
        Assert.That(LargestDifference.Between(inStrips.LogVariance, whole.LogVariance), Is.LessThan(1e-4));
    }

    [Test]
    public void A_trained_VAE_leaves_no_seams_in_a_large_picture()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var vae = ScenesVae();
        var image = SceneRenderer.Draw(SceneSampler.Draw(new Random(3), SceneSplit.Training), size: 256).ToTensor(PixelRange.MinusOneToOne);
        var strips = new Strips(4096, SavesMemory: true, CancellationToken.None);
        var whole = vae.Decode(vae.Encode(image).Mean);

        var inStrips = vae.Decode(vae.Encode(image, strips).Mean, strips);

        Assert.That((inStrips - whole).abs().mean().item<float>() / 2, Is.LessThan(0.01 / 255));
    }

    [Test]
    public void It_can_be_stopped_between_two_strips()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var vae = MiniVae();
        var stopped = new Strips(640, SavesMemory: false, new CancellationToken(canceled: true));

        Assert.That(() => vae.Decode(zeros(1, 4, 8, 8), stopped), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => vae.Encode(zeros(1, 3, 64, 64), stopped), Throws.InstanceOf<OperationCanceledException>());
    }

    private static AutoencoderKL MiniVae()
    {
        var vae = new AutoencoderKL(Mini);
        HashWeights.Fill(vae);
        return vae;
    }

    private static AutoencoderKL ScenesVae()
    {
        var folder = Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes", "cloud", "vae");
        var config = ComponentFolder.ReadConfig(folder, AutoencoderKLConfig.FromJson);
        return ComponentFolder.Load(
            () => new AutoencoderKL(config),
            () => CheckpointFiles.Open(folder, ComponentFolder.DiffusersWeights, null),
            CheckpointKeys.Autoencoder,
            folder,
            CancellationToken.None);
    }
}
