using DiffusionX.Schedulers;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Schedulers;

[TestFixture]
[NoTensorLeaks]
public sealed class SchedulerTests
{
    private static readonly Config Settings = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20261124, 7);
    private static readonly Arbitrary<int> StepCounts = Gen.Choose(1, 1000).ToArbitrary();
    private static readonly Arbitrary<double> Strengths = Gen.Choose(0, 100).Select(percent => percent / 100.0).ToArbitrary();

    [TestCase(50, 0.9, 45)]
    [TestCase(50, 0.55, 27)]
    [TestCase(20, 0.4, 8)]
    [TestCase(20, 1.0, 20)]
    [TestCase(10, 0.29, 2)]
    [TestCase(100, 0.29, 29, Description = "in binary 100 × 0.29 is a little less than 29")]
    [TestCase(20, 0.01, 1)]
    [TestCase(20, 0.0, 1)]
    public void A_strength_runs_that_share_of_the_steps_and_at_least_one(int steps, double strength, int expected)
    {
        var plan = Create(SchedulerKind.Ddim).Plan(steps, strength);

        Assert.That(plan.Timesteps, Has.Count.EqualTo(expected));
    }

    [TestCase(SchedulerKind.Ddim)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2M)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2MSde)]
    [TestCase(SchedulerKind.UniPC)]
    [TestCase(SchedulerKind.Euler)]
    [TestCase(SchedulerKind.EulerAncestral)]
    public void A_strength_takes_the_end_of_the_schedule(SchedulerKind kind)
    {
        var scheduler = Create(kind);
        Check.One(Settings, Prop.ForAll(StepCounts, Strengths, (steps, strength) =>
        {
            var whole = scheduler.Plan(steps).Timesteps;
            var part = scheduler.Plan(steps, strength).Timesteps;
            var expected = Math.Max(1, (int)Math.Floor((steps * strength) + 1e-6));

            return part.Count == expected && part.SequenceEqual(whole.Skip(whole.Count - expected));
        }));
    }

    [Test]
    public void Timesteps_fall_and_stay_within_the_training_timesteps([Values] SchedulerKind kind)
    {
        var scheduler = Create(kind);
        Check.One(Settings, Prop.ForAll(StepCounts, Strengths, (steps, strength) =>
        {
            var timesteps = scheduler.Plan(kind.IsDistilled() ? 1 : steps, strength).Timesteps;

            return timesteps.Zip(timesteps.Skip(1)).All(pair => pair.First >= pair.Second) && timesteps.All(t => t is >= 0 and < 1000);
        }));
    }

    [Test]
    public void From_1_to_1000_steps_no_two_of_them_have_the_same_noise([Values] SchedulerKind kind)
    {
        var counts = Enumerable.Range(1, 1000).Where(steps => kind.IsDistilled() ? steps <= 50 : steps % 97 == 1 || steps > 997).ToArray();
        foreach (var spaced in Spaced(new SchedulerConfig { Kind = kind }))
        {
            var scheduler = Scheduler.Create(spaced with { ZeroTerminalSnr = spaced.Spacing == TimestepSpacing.Trailing });
            foreach (var steps in counts)
            {
                var levels = scheduler.Plan(steps).Sigmas;
                Assert.That(levels, Is.Ordered.Descending.And.All.InRange(0, 4096), $"{steps} steps, {spaced}");
                // PNDM and Heun take some of them twice.
                Assert.That(levels.Distinct().Count(), Is.EqualTo(steps), $"{steps} steps, {spaced}");
            }
        }
    }

    [Test]
    public void Of_any_number_of_steps_a_run_stays_finite([Values] SchedulerKind kind, [Values(1, 2, 3, 499, 999, 1000)] int steps)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        foreach (var spacing in Enum.GetValues<TimestepSpacing>())
        {
            var order = kind is SchedulerKind.UniPC or SchedulerKind.DpmSolverPlusPlus2M ? 3 : 2;
            var scheduler = Scheduler.Create(new SchedulerConfig { Kind = kind, Spacing = spacing, SolverOrder = order });

            var latent = RunTogether(scheduler.Plan(kind.IsDistilled() ? Math.Min(50, steps) : steps), [randn(1, 4, 2, 2)])[0];

            Assert.That(latent.isfinite().all().item<bool>(), Is.True, $"{spacing}");
        }
    }

    [Test]
    public void A_model_with_few_training_timesteps_runs_all_of_them([Values] SchedulerKind kind, [Values(1, 2, 7)] int timesteps)
    {
        foreach (var config in Spaced(new SchedulerConfig { Kind = kind, TrainTimesteps = timesteps, BetaStart = 0.1, BetaEnd = 0.5 }))
        {
            var plan = Scheduler.Create(config).Plan(timesteps);

            Assert.That(plan.Sigmas.Distinct().Count(), Is.EqualTo(timesteps), $"{config}");
        }
    }

    [TestCase(SchedulerKind.Ddim)]
    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.Tcd)]
    [TestCase(SchedulerKind.Pndm)]
    [TestCase(SchedulerKind.Euler)]
    [TestCase(SchedulerKind.DpmSolverPlusPlus2M)]
    public void With_zero_terminal_SNR_a_run_starts_from_nothing_but_noise_and_stays_finite(SchedulerKind kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        foreach (var prediction in Enum.GetValues<PredictionType>())
        {
            var config = new SchedulerConfig { Kind = kind, PredictionType = prediction, Spacing = TimestepSpacing.Trailing, ZeroTerminalSnr = true };
            var plan = Scheduler.Create(config).Plan(4);

            Assert.That(plan.Sigmas[0], Is.EqualTo(4096).Within(0.1), "2¹², where diffusers stops short of infinity");
            Assert.That(RunTogether(plan, [randn(1, 4, 2, 2)])[0].isfinite().all().item<bool>(), Is.True);
        }
    }

    [Test]
    public void Every_timestep_of_Heun_but_the_first_comes_twice_and_a_strength_keeps_the_pairs()
    {
        var scheduler = Create(SchedulerKind.Heun);

        Assert.That(scheduler.Plan(4).Timesteps, Is.EqualTo(new double[] { 751, 501, 501, 251, 251, 1, 1 }));
        Assert.That(scheduler.Plan(4, 0.5).Timesteps, Is.EqualTo(new double[] { 251, 1, 1 }));
    }

    [Test]
    public void The_second_timestep_of_PNDM_comes_twice()
    {
        var plan = Create(SchedulerKind.Pndm).Plan(10);

        Assert.That(plan.Timesteps, Is.EqualTo(new double[] { 901, 801, 801, 701, 601, 501, 401, 301, 201, 101, 1 }));
    }

    [Test]
    public void A_model_that_knows_the_clean_latent_leads_back_to_it([Values] SchedulerKind kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (clean, noise) = (randn(1, 4, 8, 8), randn(1, 4, 8, 8));
        var scheduler = Scheduler.Create(new SchedulerConfig { Kind = kind, SetAlphaToOne = true });

        var latent = Run(scheduler.Plan(kind.IsDistilled() ? 4 : 50), clean, noise);

        // TCD ends with the noise of the first timestep.
        Assert.That((latent - clean).abs().max().item<float>(), Is.LessThan(kind == SchedulerKind.Tcd ? 0.15 : 1e-3));
    }

    [Test]
    public void Two_runs_may_share_a_plan_and_take_turns([Values] SchedulerKind kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var plan = Create(kind).Plan(4);
        Tensor[] starts = [randn(1, 4, 4, 4), randn(1, 4, 4, 4)];
        var alone = starts.Select(start => RunTogether(plan, [start])[0]).ToArray();

        var together = RunTogether(plan, starts);

        Assert.That(together.Zip(alone).All(pair => pair.First.Equals(pair.Second)), Is.True);
    }

    [TestCase(0)]
    [TestCase(-5)]
    [TestCase(1001)]
    public void A_number_of_steps_out_of_range_is_refused(int steps)
    {
        Assert.That(() => Create(SchedulerKind.Ddim).Plan(steps), Throws.TypeOf<SchedulerException>().With.Message.Contains("1 to 1000"));
    }

    [TestCase(-0.01)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void A_strength_out_of_range_is_refused(double strength)
    {
        Assert.That(
            () => Create(SchedulerKind.Ddim).Plan(20, strength), Throws.TypeOf<SchedulerException>().With.Message.Contains("strength"));
    }

    [Test]
    public void More_steps_than_a_model_was_distilled_from_are_refused([Values(SchedulerKind.Lcm, SchedulerKind.Tcd)] SchedulerKind kind)
    {
        Assert.That(() => Create(kind).Plan(51), Throws.TypeOf<SchedulerException>().With.Message.Contains("distilled"));
    }

    [Test]
    public void Another_solver_for_the_same_model_keeps_its_noise_and_spacing()
    {
        var config = Create(SchedulerKind.Pndm).As(SchedulerKind.DpmSolverPlusPlus2M).Config;

        Assert.That((config.BetaStart, config.BetaEnd, config.StepsOffset), Is.EqualTo((0.00085, 0.012, 1)));
        Assert.That(config.Spacing, Is.EqualTo(TimestepSpacing.Leading));
    }

    /// <summary>What a model that knows the clean latent says of a noisy one.</summary>
    internal static Tensor NoiseIn(Tensor latent, Tensor clean, SamplingPlan plan, Sampler sampler, int step)
    {
        var level = NoiseLevel.OfRatio(plan.Sigmas[step]);
        return (sampler.ScaleModelInput(latent, step) - (clean * level.Alpha)) / level.Sigma;
    }

    private static IEnumerable<SchedulerConfig> Spaced(SchedulerConfig config) =>
        from spacing in Enum.GetValues<TimestepSpacing>()
        from sigmas in Enum.GetValues<SigmaSpacing>()
        select config with { Spacing = spacing, SigmaSpacing = sigmas };

    private static Scheduler Create(SchedulerKind kind) => Scheduler.Create(new SchedulerConfig { Kind = kind });

    private static Tensor Run(SamplingPlan plan, Tensor clean, Tensor noise)
    {
        using var sampler = plan.Start(() => randn_like(clean));
        var latent = plan.AddNoise(clean, noise);
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            latent = sampler.Step(NoiseIn(latent, clean, plan, sampler, step), latent, step);
        }

        return latent;
    }

    private static Tensor[] RunTogether(SamplingPlan plan, Tensor[] starts)
    {
        var samplers = starts.Select(_ => plan.Start(() => ones_like(starts[0]))).ToArray();
        var latents = starts.Select(start => start * plan.InitialNoiseSigma).ToArray();
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            for (var run = 0; run < starts.Length; run++)
            {
                var input = samplers[run].ScaleModelInput(latents[run], step);
                latents[run] = samplers[run].Step(input.sin(), latents[run], step);
            }
        }

        Array.ForEach(samplers, sampler => sampler.Dispose());
        return latents;
    }
}
