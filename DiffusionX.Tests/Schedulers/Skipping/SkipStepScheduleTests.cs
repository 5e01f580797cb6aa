using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Schedulers.Skipping;

[TestFixture]
[NoTensorLeaks]
public sealed class SkipStepScheduleTests
{
    private static readonly SchedulerKind[] Uneven =
    [
        SchedulerKind.Ddim, SchedulerKind.Euler, SchedulerKind.EulerAncestral, SchedulerKind.UniPC, SchedulerKind.DpmSolverPlusPlus2M,
        SchedulerKind.DpmSolverPlusPlus2MSde,
    ];

    [Test]
    public void None_takes_every_step() => Assert.That(Taken(SkipStepSchedule.None, 5), Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));

    [Test]
    public void A_stride_takes_every_second_step_and_goes_on_to_the_end() =>
        Assert.That(Taken(SkipStepSchedule.Uniform(2), 7), Is.EqualTo(new[] { 0, 2, 4, 6 }));

    [Test]
    public void A_front_loaded_schedule_is_dense_at_first() =>
        Assert.That(Taken(SkipStepSchedule.FrontLoaded(0.5), 20), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 6, 8, 11, 15, 19 }));

    [Test]
    public void A_back_loaded_schedule_is_dense_at_last() =>
        Assert.That(Taken(SkipStepSchedule.BackLoaded(0.5), 20), Is.EqualTo(new[] { 0, 4, 8, 11, 13, 15, 16, 17, 18, 19 }));

    [Test]
    public void A_share_of_one_step_takes_that_one([Values] bool atFront) =>
        Assert.That(Taken(atFront ? SkipStepSchedule.FrontLoaded(0.1) : SkipStepSchedule.BackLoaded(0.1), 1), Is.EqualTo(new[] { 0 }));

    [TestCase(4, new[] { 0, 1, 2, 3 })]
    [TestCase(5, new[] { 0, 1, 2, 3, 4 })]
    [TestCase(8, new[] { 0, 3, 5, 6, 7 })]
    public void A_limit_takes_all_steps_of_a_short_run_and_of_a_longer_one_its_fraction_of_the_schedule(int steps, int[] expected) =>
        Assert.That(Taken(SkipStepSchedule.AtMost(0.5), steps, ofSchedule: 10), Is.EqualTo(expected));

    [TestCase(0.30, 1)]
    [TestCase(0.05, 2)]
    [TestCase(0.01, 3)]
    public void An_adaptive_schedule_goes_further_where_little_changes(double changePerStep, int expected) =>
        Assert.That(SkipStepSchedule.Adaptive(0.1).Next(4, 20, 20, changePerStep), Is.EqualTo(4 + expected));

    [Test]
    public void An_adaptive_schedule_takes_the_last_step() =>
        Assert.That(Taken(SkipStepSchedule.Adaptive(0.1, longest: 4), 11, changePerStep: 0), Is.EqualTo(new[] { 0, 4, 8, 10 }));

    [Test]
    public void Rules_out_of_range_are_refused()
    {
        Assert.That(() => SkipStepSchedule.Uniform(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SkipStepSchedule.FrontLoaded(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SkipStepSchedule.BackLoaded(1.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SkipStepSchedule.AtMost(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SkipStepSchedule.Adaptive(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCaseSource(nameof(Uneven))]
    public void Uneven_steps_lead_a_model_that_knows_the_clean_latent_back_to_it(SchedulerKind kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (clean, noise) = (randn(1, 4, 8, 8), randn(1, 4, 8, 8));
        var plan = Scheduler.Create(new SchedulerConfig { Kind = kind, SetAlphaToOne = true }).Plan(50);
        using var sampler = plan.Start(() => noise);
        var latent = plan.AddNoise(clean, noise);

        foreach (var step in Taken(SkipStepSchedule.BackLoaded(0.4), 50))
        {
            var noiseInIt = SchedulerTests.NoiseIn(latent, clean, plan, sampler, step);
            latent = sampler.Step(noiseInIt, latent, step, SkipStepSchedule.BackLoaded(0.4).Next(step, 50, 50, 0));
        }

        Assert.That((latent - clean).abs().max().item<float>(), Is.LessThan(1e-3));
    }

    [Test]
    public void Solvers_say_whether_they_take_uneven_steps([Values] SchedulerKind kind)
    {
        var plan = Scheduler.Create(new SchedulerConfig { Kind = kind }).Plan(10);

        Assert.That(plan.TakesUnevenSteps, Is.EqualTo(Uneven.Contains(kind)));
    }

    [Test]
    public void The_noise_falls_with_the_timesteps([Values] SchedulerKind kind)
    {
        var plan = Scheduler.Create(new SchedulerConfig { Kind = kind }).Plan(10);

        Assert.That(plan.Sigmas, Has.Count.EqualTo(plan.Timesteps.Count).And.Ordered.Descending);
    }

    private static List<int> Taken(SkipStepSchedule schedule, int steps, double changePerStep = 0, int? ofSchedule = null)
    {
        var taken = new List<int>();
        for (var step = 0; step < steps; step = schedule.Next(step, steps, ofSchedule ?? steps, changePerStep))
        {
            taken.Add(step);
        }

        return taken;
    }
}
