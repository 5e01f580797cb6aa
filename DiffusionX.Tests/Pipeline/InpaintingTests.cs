using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class InpaintingTests : MiniModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house under a yellow moon", Steps = 6, Seed = 7 };

    // The left half of 64×64 pixels.
    private static readonly Mask LeftHalf = new(2, 1, [true, false]);

    [Test]
    public async Task What_the_mask_does_not_cover_of_a_latent_stays_bit_for_bit([Values] SchedulerKind solver, [Values(0.5, 1)] double strength)
    {
        var start = await DrawAsync(Model, Request);

        var redrawn = await DrawAsync(Model, Request with { Prompt = "a boat", Scheduler = solver, InitLatent = start, InitMask = LeftHalf, Strength = strength, Seed = 8 });

        Assert.That(RightHalf(redrawn), Is.EqualTo(RightHalf(start)));
        Assert.That(redrawn, Is.Not.SameLatentAs(start));
    }

    [Test]
    public async Task So_it_does_in_every_picture_of_a_batch()
    {
        var start = await DrawAsync(Model, Request);

        var result = await Model.GenerateAsync(Request with { InitLatent = start, InitMask = LeftHalf, ImageCount = 3 });

        Assert.That(result.Images.Select(image => RightHalf(image.Latent)), Has.All.EqualTo(RightHalf(start)));
        Assert.That(result.Images.Select(image => image.Latent.Values[0]), Is.Unique);
    }

    [Test]
    public async Task A_mask_over_all_of_it_leaves_nothing_of_the_start_at_full_strength()
    {
        var all = new Mask(1, 1, [true]);
        var start = await DrawAsync(Model, Request with { Prompt = "a boat" });

        var redrawn = await DrawAsync(Model, Request with { InitLatent = start, InitMask = all, Strength = 1 });

        Assert.That(redrawn, Is.SameLatentAs(await DrawAsync(Model, Request)));
    }

    [Test]
    public async Task A_picture_may_be_the_start()
    {
        var picture = (await Model.GenerateAsync(Request)).Images[0].Picture;

        var redrawn = await DrawAsync(Model, Request with { InitImage = picture, InitMask = LeftHalf, Seed = 8 });
        var other = await DrawAsync(Model, Request with { InitImage = picture, InitMask = LeftHalf, Seed = 8, Prompt = "a boat" });

        Assert.That(RightHalf(other), Is.EqualTo(RightHalf(redrawn)));
        Assert.That(other.Values[0], Is.Not.EqualTo(redrawn.Values[0]));
    }

    [Test]
    public async Task A_run_under_a_mask_can_be_stopped_on_the_way()
    {
        var start = await DrawAsync(Model, Request);

        var partialRun = await Model.DenoisePartiallyAsync(Request with { InitLatent = start, InitMask = LeftHalf }, 2);

        Assert.That(partialRun.StepsRun, Is.EqualTo(2));
        Assert.That(RightHalf(partialRun.Noisy), Is.Not.EqualTo(RightHalf(start)), "it has the noise of the step that follows");
    }

    [Test]
    public void A_mask_without_a_start_is_refused() => Assert.That(
        () => Model.GenerateAsync(Request with { InitMask = LeftHalf }), Throws.TypeOf<GenerationException>().With.Message.Contains("InitImage"));

    [Test]
    public async Task So_is_one_over_a_run_that_was_begun_elsewhere()
    {
        var partialRun = await Model.DenoisePartiallyAsync(Request, 2);

        Assert.That(() => Model.GenerateAsync(Request with { ContinueFrom = partialRun, InitMask = LeftHalf }), Throws.TypeOf<GenerationException>().With.Message.Contains("partial denoising"));
    }

    [Test]
    public async Task So_is_one_over_runs_side_by_side()
    {
        var start = await DrawAsync(Model, Request);

        Assert.That(
            () => Model.SweepStrengthsAsync(Request with { InitLatent = start, InitMask = LeftHalf }, [0.5]), Throws.TypeOf<GenerationException>().With.Message.Contains("mask"));
    }

    [Test]
    public async Task Outpainting_draws_beside_the_picture()
    {
        var picture = (await Model.GenerateAsync(Request)).Images[0].Picture;

        var wider = Request with { InitImage = picture, Strength = 1 };
        var result = (await Model.GenerateAsync(wider.Outpaint(left: 0, top: 8, right: 16, bottom: 0))).Images[0];

        Assert.That((result.Picture.Width, result.Picture.Height), Is.EqualTo((80, 72)));
        Assert.That(() => Request.Outpaint(0, 0, 8, 0), Throws.TypeOf<GenerationException>().With.Message.Contains("InitImage"));
    }

    private static async Task<Latent> DrawAsync(DiffusionModel model, GenerationRequest request) => (await model.GenerateAsync(request)).Images[0].Latent;

    private static float[] RightHalf(Latent latent) => [.. Enumerable.Range(0, latent.Values.Length).Where(i => i % latent.Width >= latent.Width / 2).Select(i => latent.Values[i])];

    [TestFixture]
    [NoTensorLeaks]
    public sealed class Of_a_model_that_was_made_for_it
    {
        private TemporaryFolder folder = null!;
        private DiffusionModel model = null!;

        [OneTimeSetUp]
        public async Task LoadIt()
        {
            folder = new TemporaryFolder();
            MiniModel.Write(folder.Path, unet => unet.Replace("\"sample_size\": 8", "\"sample_size\": 8, \"in_channels\": 9", StringComparison.Ordinal));
            model = await DiffusionModel.LoadAsync(folder.Path);
        }

        [OneTimeTearDown]
        public void FreeIt()
        {
            model.Dispose();
            folder.Dispose();
        }

        [Test]
        public async Task A_region_is_redrawn_of_a_picture_or_of_a_latent([Values(0.6, 1)] double strength)
        {
            var start = (await model.GenerateAsync(Request)).Images[0];
            var masked = Request with { InitMask = LeftHalf, Strength = strength, Seed = 8, GuidanceScale = 7.5 };

            var ofPicture = await DrawAsync(model, masked with { InitImage = start.Picture });
            var ofLatent = await DrawAsync(model, masked with { InitLatent = start.Latent });

            Assert.That(ofPicture.Values.ToArray(), Has.All.Not.NaN);
            Assert.That(ofLatent.Values.ToArray(), Has.All.Not.NaN);
        }

        [Test]
        public async Task The_mask_and_the_rest_of_the_picture_are_seen()
        {
            var dark = new Picture(64, 64, new byte[64 * 64 * 3]);
            var masked = Request with { InitImage = dark, InitMask = LeftHalf, Strength = 1 };
            var drawn = await DrawAsync(model, masked);

            var underAnotherMask = await DrawAsync(model, masked with { InitMask = new Mask(2, 1, [false, true]) });
            var ofAnotherPicture = await DrawAsync(model, masked with { InitImage = new Picture(64, 64, Enumerable.Repeat((byte)255, 64 * 64 * 3).ToArray()) });

            Assert.That(underAnotherMask, Is.Not.SameLatentAs(drawn));
            Assert.That(ofAnotherPicture, Is.Not.SameLatentAs(drawn));
        }

        [Test]
        public async Task Without_a_mask_all_is_drawn()
        {
            var drawn = await DrawAsync(model, Request with { ImageCount = 2 });
            var partialRun = await model.DenoisePartiallyAsync(Request with { Scheduler = SchedulerKind.Ddim }, 3);
            var whole = await DrawAsync(model, Request with { Scheduler = SchedulerKind.Ddim });

            var rest = await DrawAsync(model, Request with { Scheduler = SchedulerKind.Ddim, ContinueFrom = partialRun });

            Assert.That(drawn.Values.ToArray(), Has.All.Not.NaN);
            Assert.That(Difference(rest, whole), Is.LessThan(0.2), "the posterior of the grey picture is drawn anew");
        }

        private static double Difference(Latent one, Latent other) => one.Values.ToArray().Zip(other.Values.ToArray(), (a, b) => Math.Abs(a - b)).Average();
    }
}
