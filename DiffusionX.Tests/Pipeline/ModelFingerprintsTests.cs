using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class ModelFingerprintsTests
{
    [Test]
    public async Task A_checkpoint_has_one_fingerprint_in_every_precision_that_holds_it()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        using var single = await DiffusionModel.LoadAsync(folder.Path);
        using var half = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Precision = Precision.Float16 });

        Assert.That(await half.FingerprintAsync(), Is.EqualTo(await single.FingerprintAsync()));
    }

    [Test]
    public async Task A_model_in_bfloat16_shares_its_latents_with_those_of_other_precisions()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        using var single = await DiffusionModel.LoadAsync(folder.Path);
        using var brain = await DiffusionModel.LoadAsync(folder.Path, new DiffusionModelOptions { Precision = Precision.BFloat16 });

        Assert.That((await brain.FingerprintAsync()).Vae, Is.EqualTo((await single.FingerprintAsync()).Vae));
    }

    [Test]
    public async Task Another_scale_of_the_latents_makes_another_VAE()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        using var model = await DiffusionModel.LoadAsync(folder.Path);
        var config = folder.File("vae/config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("0.18215", "0.13025", StringComparison.Ordinal));
        using var other = await DiffusionModel.LoadAsync(folder.Path);

        var (one, another) = (await model.FingerprintAsync(), await other.FingerprintAsync());

        Assert.That(another.Vae, Is.Not.EqualTo(one.Vae));
        Assert.That((another.TextEncoder, another.NoiseSchedule), Is.EqualTo((one.TextEncoder, one.NoiseSchedule)));
    }

    [Test]
    public void Another_noise_schedule_has_another_fingerprint()
    {
        var stable = new SchedulerConfig { Kind = SchedulerKind.Ddim };
        SchedulerConfig[] others =
        [
            stable with { TrainTimesteps = 100 }, stable with { BetaEnd = 0.02 }, stable with { PredictionType = PredictionType.VPrediction },
            stable with { ZeroTerminalSnr = true },
            stable with { TrainedBetas = [0.1, 0.2] }, stable with { TrainedBetas = [0.1, 0.3] },
        ];

        Assert.That(others.Prepend(stable).Select(ModelFingerprints.Of), Is.Unique);
        Assert.That(
            ModelFingerprints.Of(stable with { Kind = SchedulerKind.Euler, Spacing = TimestepSpacing.Trailing }),
            Is.EqualTo(ModelFingerprints.Of(stable)),
            "the solver is the run's own");
    }

    [Test]
    public async Task A_latent_is_decoded_and_a_picture_encoded_without_a_run()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.Path);
        using var model = await DiffusionModel.LoadAsync(folder.Path);
        var drawn = (await model.GenerateAsync(new GenerationRequest { Prompt = "a boat", Steps = 2 })).Images[0];

        var picture = await model.DecodeAsync(drawn.Latent);
        var latent = await model.EncodeAsync(picture);

        Assert.That(picture, Is.SamePictureAs(drawn.Picture));
        Assert.That((latent.Channels, latent.Height, latent.Width), Is.EqualTo((4, 8, 8)));
        Assert.That(() => model.EncodeAsync(new Picture(60, 64, new byte[60 * 64 * 3])), Throws.TypeOf<GenerationException>());
    }
}
