using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class StrengthSweepTests : MiniModelTests
{
    private static readonly double[] Strengths = [0.4, 0.65, 0.9];

    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 10, Seed = 7, ImageCount = 2 };

    [TestCase(SchedulerKind.DpmSolverPlusPlus2M, 3)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2M, 1)]
    [TestCase(SchedulerKind.Euler, 3)]
    [TestCase(SchedulerKind.Ddim, 3)]
    public async Task Strengths_side_by_side_give_what_they_give_one_after_another(SchedulerKind solver, double guidance)
    {
        var request = Request with { Scheduler = solver, GuidanceScale = guidance, InitLatent = await StartAsync() };

        var together = await Model.SweepStrengthsAsync(request, Strengths);

        foreach (var (strength, images) in Strengths.Zip(together))
        {
            var alone = await Model.GenerateAsync(request with { Strength = strength });
            Assert.That(Values(images), Is.EqualTo(Values(alone.Images)).Within(1e-4), $"strength {strength}");
            Assert.That(images.Select(image => image.Seed), Is.EqualTo(alone.Images.Select(image => image.Seed)));
        }
    }

    [Test]
    public async Task Strengths_side_by_side_leave_out_the_steps_that_each_leaves_out_alone()
    {
        var request = Request with { InitLatent = await StartAsync(), SkipSteps = SkipStepSchedule.AtMost(0.5) };

        var together = await Model.SweepStrengthsAsync(request, Strengths);

        foreach (var (strength, images) in Strengths.Zip(together))
        {
            var alone = await Model.GenerateAsync(request with { Strength = strength });
            Assert.That(Values(images), Is.EqualTo(Values(alone.Images)).Within(1e-4), $"strength {strength}");
        }
    }

    [Test]
    public async Task Skipping_by_how_a_latent_changes_is_refused()
    {
        var request = Request with { InitLatent = await StartAsync(), SkipSteps = SkipStepSchedule.Adaptive(0.1) };

        Assert.That(() => Model.SweepStrengthsAsync(request, Strengths), Throws.TypeOf<GenerationException>().With.Message.Contains("adaptive"));
    }

    [Test]
    public async Task A_picture_can_be_redrawn_as_a_latent_can()
    {
        var start = await Model.DecodeAsync(await StartAsync());

        var together = await Model.SweepStrengthsAsync(Request with { InitImage = start }, Strengths);

        var alone = await Model.GenerateAsync(Request with { InitImage = start, Strength = Strengths[1] });
        Assert.That(Values(together[1]), Is.EqualTo(Values(alone.Images)).Within(1e-4));
    }

    [Test]
    public async Task Strengths_that_come_to_the_same_steps_share_their_pictures()
    {
        var start = await StartAsync();

        var together = await Model.SweepStrengthsAsync(Request with { InitLatent = start }, [0.40, 0.45, 0.50]);

        Assert.That(together[1], Is.SameAs(together[0]));
        Assert.That(together[2], Is.Not.SameAs(together[0]));
    }

    [Test]
    public async Task Several_starts_side_by_side_give_what_each_gives_alone()
    {
        Latent[] starts = [await StartAsync(), await StartAsync(seed: 5)];

        var together = await Model.SweepStrengthsAsync(Request, starts, Strengths);

        foreach (var (i, start) in starts.Index())
        {
            var alone = await Model.SweepStrengthsAsync(Request with { InitLatent = start, ImageCount = 1, Seed = Request.Seed + i }, Strengths);
            Assert.That(together.SelectMany(images => Values([images[i]])), Is.EqualTo(alone.SelectMany(Values)).Within(1e-4), $"start {i}");
        }
    }

    [Test]
    public async Task Starts_of_different_sizes_are_refused()
    {
        Latent[] starts = [await StartAsync(), new(new float[4 * 4 * 4], 4, 4, 4)];

        Assert.That(() => Model.SweepStrengthsAsync(Request, starts, Strengths), Throws.TypeOf<GenerationException>().With.Message.Contains("different sizes"));
    }

    [Test]
    public void Without_a_start_there_is_nothing_to_redraw() =>
        Assert.That(() => Model.SweepStrengthsAsync(Request, Strengths), Throws.TypeOf<GenerationException>().With.Message.Contains("nothing to redraw"));

    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.EulerAncestral)]
    public async Task A_solver_whose_timesteps_depend_on_the_strength_or_that_adds_noise_is_refused(SchedulerKind solver)
    {
        var start = await StartAsync();

        Assert.That(() => Model.SweepStrengthsAsync(Request with { InitLatent = start, Scheduler = solver }, Strengths), Throws.TypeOf<SchedulerException>());
    }

    [Test]
    public async Task A_cancelled_sweep_ends_and_leaves_nothing_behind()
    {
        var start = await StartAsync();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(30));

        await Assert.ThatAsync(
            () => Model.SweepStrengthsAsync(Request with { InitLatent = start, Steps = 1000 }, Strengths, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private async Task<Latent> StartAsync(long seed = 7) => (await Model.GenerateAsync(Request with { ImageCount = 1, Seed = seed })).Images[0].Latent;

    private static float[] Values(IEnumerable<GeneratedImage> images) => [.. images.SelectMany(image => image.Latent.Values.ToArray())];
}
