using DiffusionX.Checkpoints;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Models;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Schedulers;

[TestFixture]
[NoTensorLeaks]
public sealed class SchedulerTests
{
    private static readonly SchedulerKind[] Kinds = Enum.GetValues<SchedulerKind>();
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
    [TestCase(SchedulerKind.Euler)]
    public void A_strength_takes_the_end_of_the_schedule(SchedulerKind kind) => Check.One(Settings, Prop.ForAll(StepCounts, Strengths, (steps, strength) =>
    {
        var scheduler = Create(kind);
        var whole = scheduler.Plan(steps).Timesteps;
        var part = scheduler.Plan(steps, strength).Timesteps;

        return part.SequenceEqual(whole.Skip(whole.Count - part.Count)) && part.Count == Math.Max(1, (int)Math.Floor((steps * strength) + 1e-6));
    }));

    [TestCaseSource(nameof(Kinds))]
    public void Timesteps_fall_and_stay_within_the_training_timesteps(SchedulerKind kind) => Check.One(Settings, Prop.ForAll(StepCounts, Strengths, (count, strength) =>
    {
        var steps = kind == SchedulerKind.Lcm ? 1 : count;
        var timesteps = Create(kind).Plan(steps, strength).Timesteps;

        return timesteps.Zip(timesteps.Skip(1)).All(pair => pair.First >= pair.Second) && timesteps.All(t => t is >= 0 and < 1000);
    }));

    [Test]
    public void The_second_timestep_of_PNDM_comes_twice()
    {
        var plan = Create(SchedulerKind.Pndm).Plan(10);

        Assert.That(plan.Timesteps, Is.EqualTo(new double[] { 901, 801, 801, 701, 601, 501, 401, 301, 201, 101, 1 }));
    }

    [TestCaseSource(nameof(Kinds))]
    public void A_model_that_knows_the_noise_leads_back_to_the_clean_latent(SchedulerKind kind)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (clean, noise) = (randn(1, 4, 8, 8), randn(1, 4, 8, 8));
        var scheduler = Scheduler.Create(new SchedulerConfig { Kind = kind, SetAlphaToOne = true });

        var latent = Run(scheduler.Plan(kind == SchedulerKind.Lcm ? 4 : 50), clean, noise);

        Assert.That((latent - clean).abs().max().item<float>(), Is.LessThan(1e-3));
    }

    [TestCaseSource(nameof(Kinds))]
    public void Two_runs_may_share_a_plan_and_take_turns(SchedulerKind kind)
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
        Assert.That(() => Create(SchedulerKind.Ddim).Plan(20, strength), Throws.TypeOf<SchedulerException>().With.Message.Contains("strength"));
    }

    [Test]
    public void More_steps_than_an_LCM_model_was_distilled_from_are_refused()
    {
        Assert.That(() => Create(SchedulerKind.Lcm).Plan(51), Throws.TypeOf<SchedulerException>().With.Message.Contains("distilled"));
    }

    [TestCase("""{ "_class_name": "DDIMScheduler", "thresholding": true }""", "thresholding")]
    [TestCase("""{ "_class_name": "DDIMScheduler", "trained_betas": [0.1] }""", "trained_betas")]
    [TestCase("""{ "_class_name": "DDIMScheduler", "rescale_betas_zero_snr": true }""", "rescale_betas_zero_snr")]
    [TestCase("""{ "_class_name": "PNDMScheduler" }""", "skip_prk_steps")]
    [TestCase("""{ "_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++" }""", "algorithm_type")]
    [TestCase("""{ "_class_name": "DPMSolverMultistepScheduler", "solver_order": 3 }""", "solver_order")]
    [TestCase("""{ "_class_name": "DDIMScheduler", "beta_schedule": "sigmoid" }""", "beta_schedule")]
    public void A_setting_that_asks_for_other_maths_is_refused_by_name(string config, string setting)
    {
        Assert.That(
            () => SchedulerConfig.FromJson(Json.Parse(config), "scheduler_config.json"), Throws.TypeOf<ModelConfigException>().With.Message.Contains($"'{setting}'"));
    }

    [Test]
    public void Another_solver_for_the_same_model_keeps_its_noise_and_spacing()
    {
        var config = Create(SchedulerKind.Pndm).As(SchedulerKind.DpmSolverPlusPlus2M).Config;

        Assert.That((config.BetaStart, config.BetaEnd, config.StepsOffset, config.Spacing), Is.EqualTo((0.00085, 0.012, 1, TimestepSpacing.Leading)));
    }

    private static Scheduler Create(SchedulerKind kind) => Scheduler.Create(new SchedulerConfig { Kind = kind });

    // The noise that is in a latent, if the clean one is known.
    private static Tensor Run(SamplingPlan plan, Tensor clean, Tensor noise)
    {
        using var sampler = plan.Start(() => noise);
        var latent = plan.AddNoise(clean, noise);
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            latent = sampler.Step(noise, latent, step);
        }

        return latent;
    }

    private static Tensor[] RunTogether(SamplingPlan plan, Tensor[] starts)
    {
        var samplers = starts.Select(_ => plan.Start(() => ones(1, 4, 4, 4))).ToArray();
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
