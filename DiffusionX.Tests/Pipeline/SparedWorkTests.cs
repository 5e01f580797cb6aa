using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class SparedWorkTests : MiniModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house under a yellow moon", Steps = 10, Seed = 7, Scheduler = SchedulerKind.Ddim };

    [Test]
    public async Task Without_an_interval_every_step_has_guidance()
    {
        var result = await Model.GenerateAsync(Request);

        Assert.That((result.GuidedSteps, result.StepsRun), Is.EqualTo((10, 10)));
    }

    [Test]
    public async Task Outside_of_the_guidance_interval_only_the_prompts_half_is_computed()
    {
        var result = await Model.GenerateAsync(Request with { GuidanceInterval = new GuidanceInterval { LowestSigma = 0.3, HighestSigma = 5 } });

        Assert.That(result.GuidedSteps, Is.InRange(3, 8));
    }

    [Test]
    public async Task An_interval_that_holds_all_noise_levels_changes_nothing()
    {
        var plain = await Model.GenerateAsync(Request with { ImageCount = 2 });
        var everywhere = await Model.GenerateAsync(Request with { ImageCount = 2, GuidanceInterval = new GuidanceInterval() });

        Assert.That(Values(everywhere), Is.EqualTo(Values(plain)));
    }

    [Test]
    public async Task An_interval_that_holds_none_is_a_run_without_guidance()
    {
        var unguided = await Model.GenerateAsync(Request with { ImageCount = 2, GuidanceScale = 1 });
        var nowhere = await Model.GenerateAsync(Request with { ImageCount = 2, GuidanceInterval = new GuidanceInterval { LowestSigma = 100 } });

        Assert.That(Values(nowhere), Is.EqualTo(Values(unguided)).Within(1e-5));
        Assert.That(nowhere.GuidedSteps, Is.Zero);
    }

    [TestCase(-1, 5)]
    [TestCase(5, 5)]
    [TestCase(double.NaN, 5)]
    public void An_interval_that_makes_no_sense_is_refused(double lowest, double highest) => Assert.That(
        () => Model.GenerateAsync(Request with { GuidanceInterval = new GuidanceInterval { LowestSigma = lowest, HighestSigma = highest } }),
        Throws.TypeOf<GenerationException>().With.Message.Contains("interval"));

    [TestCase(SchedulerKind.Ddim)]
    [TestCase(SchedulerKind.Euler)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2M)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2MSde)]
    [TestCase(SchedulerKind.EulerAncestral)]
    [TestCase(SchedulerKind.UniPC)]
    public async Task A_stride_of_two_asks_the_UNet_half_as_often_on_top_of_what_strength_leaves(SchedulerKind scheduler)
    {
        var start = (await Model.GenerateAsync(Request)).Images[0].Latent;

        var result = await Model.GenerateAsync(Request with { Scheduler = scheduler, InitLatent = start, Strength = 0.8, SkipSteps = SkipStepSchedule.Uniform(2) });

        Assert.That(result.StepsRun, Is.EqualTo(4));
        Assert.That(Values(result), Has.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public async Task An_adaptive_schedule_spares_steps_where_little_changes()
    {
        var result = await Model.GenerateAsync(Request with { Steps = 20, SkipSteps = SkipStepSchedule.Adaptive(change: 10) });

        Assert.That(result.StepsRun, Is.EqualTo(9), "two steps to see a change, then three in one");
    }

    [Test]
    public async Task Skipped_steps_count_in_the_progress()
    {
        var reports = new List<int>();

        await Model.GenerateAsync(Request with { SkipSteps = SkipStepSchedule.Uniform(4), PreviewEvery = 5 }, new Recorder<GenerationProgress>(report => reports.Add(report.Preview is null ? report.Step : -report.Step)));

        Assert.That(reports, Is.EqualTo(new[] { 4, -8, -10 }), "previews are negative here");
    }

    [TestCase(SchedulerKind.Pndm)]
    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.Tcd)]
    [TestCase(SchedulerKind.Heun)]
    public void Solvers_that_can_not_skip_steps_refuse_to(SchedulerKind scheduler) => Assert.That(
        () => Model.GenerateAsync(Request with { Scheduler = scheduler, SkipSteps = SkipStepSchedule.Uniform(2) }),
        Throws.TypeOf<SchedulerException>().With.Message.Contains("SkipSteps"));

    private static float[] Values(GenerationResult result) => [.. result.Images.SelectMany(image => image.Latent.Values.ToArray())];
}
