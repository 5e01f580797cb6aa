using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
public sealed class DiffusionModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house under a yellow moon", Steps = 4, Seed = 7 };

    private TemporaryFolder folder = null!;
    private DiffusionModel model = null!;

    [OneTimeSetUp]
    public async Task LoadAMiniModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        model = await DiffusionModel.LoadAsync(folder.File("mini"));
    }

    [OneTimeTearDown]
    public void FreeIt()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_prompt_gives_a_picture_of_the_models_own_size_and_its_latent()
    {
        var result = await model.GenerateAsync(Request);

        var image = result.Images.Single();
        Assert.Multiple(() =>
        {
            Assert.That((image.Picture.Width, image.Picture.Height), Is.EqualTo((64, 64)));
            Assert.That((image.Latent.Channels, image.Latent.Height, image.Latent.Width), Is.EqualTo((4, 8, 8)));
            Assert.That(image.Seed, Is.EqualTo(7));
            Assert.That(result.StepsRun, Is.EqualTo(4));
        });
    }

    [Test]
    [NoTensorLeaks]
    public async Task The_same_seed_gives_the_same_picture()
    {
        var first = await model.GenerateAsync(Request);
        var second = await model.GenerateAsync(Request);

        Assert.That(second.Images[0].Picture, Is.SamePictureAs(first.Images[0].Picture));
    }

    [Test]
    [NoTensorLeaks]
    public async Task Another_seed_prompt_or_negative_prompt_gives_another_picture()
    {
        var first = await model.GenerateAsync(Request);
        GenerationRequest[] others = [Request with { Seed = 8 }, Request with { Prompt = "a boat" }, Request with { NegativePrompt = "blurry" }];

        foreach (var other in others)
        {
            var result = await model.GenerateAsync(other);
            Assert.That(result.Images[0].Latent, Is.Not.SameLatentAs(first.Images[0].Latent), other.ToString());
        }
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_picture_of_a_batch_is_the_one_that_its_seed_gives_alone()
    {
        var batch = await model.GenerateAsync(Request with { ImageCount = 3 });
        var alone = await model.GenerateAsync(Request with { Seed = 9 });

        Assert.Multiple(() =>
        {
            Assert.That(batch.Images.Select(image => image.Seed), Is.EqualTo(new long[] { 7, 8, 9 }));
            Assert.That(batch.Images[2].Latent, Is.SameLatentAs(alone.Images[0].Latent).Within(1e-4));
        });
    }

    [Test]
    [NoTensorLeaks]
    public async Task Every_solver_draws([Values] SchedulerKind scheduler)
    {
        var result = await model.GenerateAsync(Request with { Scheduler = scheduler });

        Assert.That(result.Images[0].Latent.Values.ToArray(), Has.All.Matches<float>(float.IsFinite));
    }

    [TestCase(8, 8)]
    [TestCase(72, 40)]
    [TestCase(24, 136)]
    [NoTensorLeaks]
    public async Task Any_multiple_of_8_is_a_size(int width, int height)
    {
        var result = await model.GenerateAsync(Request with { Width = width, Height = height });

        Assert.That((result.Images[0].Picture.Width, result.Images[0].Picture.Height), Is.EqualTo((width, height)));
    }

    [Test]
    [NoTensorLeaks]
    public async Task Starting_from_a_picture_runs_the_last_steps_of_the_schedule()
    {
        var start = (await model.GenerateAsync(Request)).Images[0].Picture;

        var result = await model.GenerateAsync(Request with { Steps = 10, InitImage = start, Strength = 0.45 });

        Assert.That(result.StepsRun, Is.EqualTo(4));
    }

    [Test]
    [NoTensorLeaks]
    public async Task Starting_from_a_latent_at_low_strength_stays_near_it()
    {
        var start = (await model.GenerateAsync(Request)).Images[0].Latent;
        var request = Request with { Steps = 20, InitLatent = start, GuidanceScale = 1, Scheduler = SchedulerKind.Ddim };

        var near = (await model.GenerateAsync(request with { Strength = 0.05 })).Images[0].Latent;
        var far = (await model.GenerateAsync(request with { Strength = 1 })).Images[0].Latent;

        Assert.That(Distance(start, near), Is.LessThan(Distance(start, far)));
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_strength_of_0_runs_one_step_and_not_none()
    {
        var start = (await model.GenerateAsync(Request)).Images[0].Latent;

        var result = await model.GenerateAsync(Request with { InitLatent = start, Strength = 0 });

        Assert.That(result.StepsRun, Is.EqualTo(1));
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_start_picture_is_scaled_to_the_size_that_was_asked_for()
    {
        var start = (await model.GenerateAsync(Request with { Width = 40, Height = 40 })).Images[0].Picture;

        var result = await model.GenerateAsync(Request with { InitImage = start, Width = 64, Height = 32 });

        Assert.That((result.Images[0].Picture.Width, result.Images[0].Picture.Height), Is.EqualTo((64, 32)));
    }

    [Test]
    [NoTensorLeaks]
    public async Task Progress_counts_every_step_and_brings_previews_when_asked_for()
    {
        var reports = new Recorder<GenerationProgress>();

        await model.GenerateAsync(Request with { PreviewEvery = 2 }, reports);

        Assert.Multiple(() =>
        {
            Assert.That(reports.All.Select(report => (report.Step, report.Steps)), Is.EqualTo(new[] { (1, 4), (2, 4), (3, 4), (4, 4) }));
            Assert.That(reports.All.Select(report => report.Preview is null), Is.EqualTo(new[] { true, false, true, false }));
            Assert.That((reports.All[1].Preview!.Width, reports.All[1].Preview!.Height), Is.EqualTo((8, 8)));
        });
    }

    [Test]
    [NoTensorLeaks]
    public async Task Previews_have_the_pictures_size_where_there_is_a_TAESD()
    {
        using var withPreviews = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { PreviewDecoderFolder = MiniModel.WriteTaesd(folder.File("taesd")) });
        var reports = new Recorder<GenerationProgress>();

        await withPreviews.GenerateAsync(Request with { PreviewEvery = 4 }, reports);

        Assert.That((reports.All[3].Preview!.Width, reports.All[3].Preview!.Height), Is.EqualTo((64, 64)));
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_cancelled_run_stops_within_one_step_and_the_model_goes_on()
    {
        using var cancellation = new CancellationTokenSource();
        var reports = new Recorder<GenerationProgress>(report => cancellation.Cancel());

        await Assert.ThatAsync(() => model.GenerateAsync(Request, reports, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(reports.All, Has.Count.EqualTo(1));
        Assert.That((await model.GenerateAsync(Request)).Images, Has.Count.EqualTo(1));
    }

    [Test]
    [NoTensorLeaks]
    public async Task An_exception_in_the_middle_of_a_run_leaves_nothing_behind()
    {
        var reports = new Recorder<GenerationProgress>(report => throw new InvalidOperationException("on purpose"));

        await Assert.ThatAsync(() => model.GenerateAsync(Request, reports), Throws.InvalidOperationException);
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_model_can_be_loaded_and_freed_without_a_trace()
    {
        using var another = await DiffusionModel.LoadAsync(folder.File("mini"));

        Assert.That((another.NativeSize, another.CheckpointScheduler, another.Device), Is.EqualTo((64, SchedulerKind.Ddim, "cpu")));
    }

    [Test]
    [NoTensorLeaks]
    public async Task A_checkpoint_that_names_a_solver_that_is_not_built_says_so_and_draws()
    {
        using var other = new TemporaryFolder();
        MiniModel.Write(other.Path);
        var config = other.File("scheduler/scheduler_config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("DDIMScheduler", "LMSDiscreteScheduler", StringComparison.Ordinal));
        using var another = await DiffusionModel.LoadAsync(other.Path);

        var result = await another.GenerateAsync(Request);

        Assert.That(model.Notes, Is.Empty);
        Assert.That(another.Notes.Single(), Does.Contain("LMSDiscreteScheduler").And.Contain(config));
        Assert.That(result.StepsRun, Is.EqualTo(4));
    }

    [TestCase("TCDScheduler", SchedulerKind.Tcd)]
    [TestCase("LCMScheduler", SchedulerKind.Lcm)]
    [TestCase("UniPCMultistepScheduler", SchedulerKind.DpmSolverPlusPlus2M)]
    public async Task Only_a_model_that_was_distilled_runs_its_own_solver_unasked(string name, SchedulerKind expected)
    {
        using var other = new TemporaryFolder();
        MiniModel.Write(other.Path);
        var config = other.File("scheduler/scheduler_config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config)).Replace("DDIMScheduler", name, StringComparison.Ordinal));
        using var another = await DiffusionModel.LoadAsync(other.Path);

        Assert.That(another.DefaultScheduler, Is.EqualTo(expected));
    }

    [Test]
    [NoTensorLeaks]
    public async Task Half_precision_draws_nearly_the_same_latent()
    {
        using var half = await DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { Precision = Precision.BFloat16 });
        var request = Request with { GuidanceScale = 1 };

        var exact = (await model.GenerateAsync(request)).Images[0].Latent;
        var rough = (await half.GenerateAsync(request)).Images[0].Latent;

        Assert.That(Distance(exact, rough), Is.LessThan(0.1 * Distance(exact, new Latent(new float[4 * 8 * 8], 4, 8, 8))));
    }

    [TestCase(63, 64, nameof(GenerationRequest.Width))]
    [TestCase(64, 0, nameof(GenerationRequest.Height))]
    [TestCase(64, -8, nameof(GenerationRequest.Height))]
    [TestCase(64, 1 << 20, nameof(GenerationRequest.Height))]
    public void A_size_that_can_not_be_drawn_is_refused_by_name(int width, int height, string named)
    {
        Assert.That(
            () => model.GenerateAsync(Request with { Width = width, Height = height }), Throws.TypeOf<GenerationException>().With.Message.Contains(named));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(-1)]
    public void A_guidance_scale_that_is_no_number_from_0_is_refused(double scale)
    {
        Assert.That(() => model.GenerateAsync(Request with { GuidanceScale = scale }), Throws.TypeOf<GenerationException>().With.Message.Contains("guidance"));
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void A_strength_out_of_range_is_refused(double strength)
    {
        var start = new Latent(new float[4 * 8 * 8], 4, 8, 8);

        Assert.That(() => model.GenerateAsync(Request with { InitLatent = start, Strength = strength }), Throws.TypeOf<SchedulerException>());
    }

    [TestCase(0)]
    [TestCase(1001)]
    public void A_number_of_steps_out_of_range_is_refused(int steps)
    {
        Assert.That(() => model.GenerateAsync(Request with { Steps = steps }), Throws.TypeOf<SchedulerException>());
    }

    [Test]
    public void A_latent_of_another_kind_of_model_is_refused()
    {
        var foreign = new Latent(new float[16 * 8 * 8], 16, 8, 8);

        Assert.That(() => model.GenerateAsync(Request with { InitLatent = foreign }), Throws.TypeOf<GenerationException>().With.Message.Contains("16 channels"));
    }

    [Test]
    public async Task A_disposed_model_takes_no_request()
    {
        var disposed = await DiffusionModel.LoadAsync(folder.File("mini"));
        disposed.Dispose();

        Assert.That(() => disposed.GenerateAsync(Request), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_device_that_is_not_there_is_an_error_that_names_those_that_are()
    {
        Assert.That(
            () => DiffusionModel.LoadAsync(folder.File("mini"), new DiffusionModelOptions { Device = "cuda:9" }),
            Throws.TypeOf<TorchUnavailableException>().With.Message.Contains("'cuda:9'").And.Message.Contains("cpu"));
    }

    [Test]
    public void A_folder_that_is_not_there_and_one_without_a_model_are_refused()
    {
        using var empty = new TemporaryFolder();

        Assert.Multiple(() =>
        {
            Assert.That(() => DiffusionModel.LoadAsync(empty.File("nothing")), Throws.TypeOf<ModelConfigException>().With.Message.Contains("There is no folder"));
            Assert.That(() => DiffusionModel.LoadAsync(empty.Path), Throws.TypeOf<ModelConfigException>().With.Message.Contains("holds no model"));
        });
    }

    [Test]
    [NoTensorLeaks]
    public void A_corrupt_file_of_weights_is_refused_and_nothing_of_the_model_stays_loaded()
    {
        using var broken = new TemporaryFolder();
        MiniModel.Write(broken.Path);
        broken.Write("vae/diffusion_pytorch_model.safetensors", new byte[100]);

        Assert.That(
            () => DiffusionModel.LoadAsync(broken.Path), Throws.TypeOf<CheckpointException>().With.Message.Contains("diffusion_pytorch_model.safetensors"));
    }

    [TestCase("unet/config.json", "")]
    [TestCase("unet/config.json", "[]")]
    [TestCase("model_index.json", """{ "unet": ["diffusers", "UNet3DConditionModel"] }""")]
    [TestCase("vae/config.json", """{ "latent_channels": 16 }""")]
    public void A_config_that_can_not_be_built_is_refused(string file, string content)
    {
        using var broken = new TemporaryFolder();
        MiniModel.Write(broken.Path);
        broken.Write(file, content);

        Assert.That(() => DiffusionModel.LoadAsync(broken.Path), Throws.TypeOf<ModelConfigException>());
    }

    [Test]
    public async Task A_folder_without_an_index_is_loaded_by_the_usual_names()
    {
        using var unindexed = new TemporaryFolder();
        MiniModel.Write(unindexed.Path);
        File.Delete(unindexed.File("model_index.json"));

        using var model = await DiffusionModel.LoadAsync(unindexed.Path);

        Assert.That(model.NativeSize, Is.EqualTo(64));
    }

    private static double Distance(Latent a, Latent b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Values.Length; i++)
        {
            sum += Math.Pow(a.Values[i] - b.Values[i], 2);
        }

        return Math.Sqrt(sum);
    }
}
