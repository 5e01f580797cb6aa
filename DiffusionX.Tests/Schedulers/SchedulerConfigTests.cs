using System.Text;
using DiffusionX.Checkpoints;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Schedulers;

[TestFixture]
public sealed class SchedulerConfigTests
{
    private const string StableNoise = "\"beta_start\": 0.00085, \"beta_end\": 0.012, \"beta_schedule\": \"scaled_linear\"";

    [TestCase("DDIMScheduler", SchedulerKind.Ddim)]
    [TestCase("PNDMScheduler", SchedulerKind.Pndm)]
    [TestCase("FlaxPNDMScheduler", SchedulerKind.Pndm)]
    [TestCase("DPMSolverMultistepScheduler", SchedulerKind.DpmSolverPlusPlus2M)]
    [TestCase("EulerDiscreteScheduler", SchedulerKind.Euler)]
    [TestCase("EulerAncestralDiscreteScheduler", SchedulerKind.EulerAncestral)]
    [TestCase("UniPCMultistepScheduler", SchedulerKind.UniPC)]
    [TestCase("HeunDiscreteScheduler", SchedulerKind.Heun)]
    [TestCase("LCMScheduler", SchedulerKind.Lcm)]
    [TestCase("TCDScheduler", SchedulerKind.Tcd)]
    public void A_class_that_is_built_is_the_solver(string name, SchedulerKind kind)
    {
        var config = Read($$"""{ "_class_name": "{{name}}" }""");

        Assert.That((config.Kind, config.Note), Is.EqualTo((kind, (string?)null)));
    }

    [Test]
    public void The_stochastic_DPM_Solver_is_a_solver_of_its_own()
    {
        var config = Read("""{ "_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++" }""");

        Assert.That(config.Kind, Is.EqualTo(SchedulerKind.DpmSolverPlusPlus2MSde));
    }

    [TestCase("DEISMultistepScheduler")]
    [TestCase("LMSDiscreteScheduler")]
    [TestCase("DDPMScheduler")]
    [TestCase("DPMSolverSinglestepScheduler")]
    [TestCase("KDPM2AncestralDiscreteScheduler")]
    [TestCase("EDMEulerScheduler")]
    [TestCase("SchedulerOfTomorrow")]
    public void Another_class_gives_its_noise_and_a_note(string name)
    {
        var config = Read($$"""{ "_class_name": "{{name}}", {{StableNoise}}, "solver_order": 3, "variance_type": "fixed_small" }""");

        Assert.Multiple(() =>
        {
            Assert.That((config.BetaStart, config.BetaEnd, config.BetaSchedule), Is.EqualTo((0.00085, 0.012, BetaSchedule.ScaledLinear)));
            Assert.That((config.Kind, config.SolverOrder), Is.EqualTo((SchedulerKind.DpmSolverPlusPlus2M, 2)));
            Assert.That(config.Note, Does.Contain(name).And.Contain("scheduler_config.json").And.Contain("not built"));
        });
    }

    [Test]
    public void An_algorithm_of_DPM_Solver_that_is_not_built_is_another_class()
    {
        var config = Read("""{ "_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver" }""");

        Assert.That(config.Note, Does.Contain("algorithm_type dpmsolver,"));
    }

    [TestCase("EDMEulerScheduler")]
    [TestCase("FlowMatchEulerDiscreteScheduler")]
    public void A_class_whose_noise_is_not_known_has_to_name_it(string name) => Refuses($$"""{ "_class_name": "{{name}}" }""", "no betas");

    [TestCase("DDPMScheduler", 0.0001, 0.02, BetaSchedule.Linear, TimestepSpacing.Leading)]
    [TestCase("EulerDiscreteScheduler", 0.0001, 0.02, BetaSchedule.Linear, TimestepSpacing.Linspace)]
    [TestCase("HeunDiscreteScheduler", 0.00085, 0.012, BetaSchedule.Linear, TimestepSpacing.Linspace)]
    [TestCase("KDPM2DiscreteScheduler", 0.00085, 0.012, BetaSchedule.Linear, TimestepSpacing.Linspace)]
    [TestCase("TCDScheduler", 0.00085, 0.012, BetaSchedule.ScaledLinear, TimestepSpacing.Leading)]
    public void What_is_absent_is_as_the_class_has_it(string name, double betaStart, double betaEnd, object schedule, object spacing)
    {
        var config = Read($$"""{ "_class_name": "{{name}}" }""");

        Assert.That((config.BetaStart, config.BetaEnd), Is.EqualTo((betaStart, betaEnd)));
        Assert.That(((object)config.BetaSchedule, (object)config.Spacing), Is.EqualTo((schedule, spacing)));
    }

    [TestCase("EulerDiscrete", """ "final_sigmas_type": "zero", "sigma_max": null, "sigma_min": null, "timestep_type": "discrete" """)]
    [TestCase("EulerDiscrete", """ "use_beta_sigmas": false, "use_exponential_sigmas": false, "use_karras_sigmas": false """)]
    [TestCase("DPMSolverMultistep", """ "flow_shift": 1.0, "use_flow_sigmas": false, "use_lu_lambdas": false, "variance_type": null """)]
    [TestCase("UniPCMultistep", """ "disable_corrector": [], "solver_p": null, "use_dynamic_shifting": false, "time_shift_type": null """)]
    [TestCase("EulerDiscrete", """ "algorithm_type": "deis", "solver_type": "logrho", "solver_order": 9, "skip_prk_steps": true """)]
    [TestCase("DPMSolverMultistep", """ "algorithm_type": "deis", "solver_type": "bh2", "predict_x0": true """)]
    [TestCase("DDIM", """ "format": "pt", "tensor_format": "pt" """)]
    public void Settings_that_change_nothing_are_no_reason_to_refuse(string name, string rest)
    {
        var config = Read($$"""{ "_class_name": "{{name}}Scheduler", {{rest}} }""");

        Assert.That((config.Note, Scheduler.Create(config).Plan(4).Timesteps.Count), Is.EqualTo(((string?)null, 4)));
    }

    [TestCase("DDIM", "thresholding", "true")]
    [TestCase("PNDM", "skip_prk_steps", "false")]
    [TestCase("DPMSolverMultistep", "solver_order", "4")]
    [TestCase("DPMSolverMultistep", "solver_order", "3, \"algorithm_type\": \"sde-dpmsolver++\"")]
    [TestCase("UniPCMultistep", "predict_x0", "false")]
    [TestCase("UniPCMultistep", "solver_p", "{}")]
    [TestCase("EulerDiscrete", "interpolation_type", "\"log_linear\"")]
    public void Maths_that_is_not_built_is_refused_when_its_solver_runs_and_not_before(string name, string setting, string value)
    {
        var scheduler = Scheduler.Create(Read($$"""{ "_class_name": "{{name}}Scheduler", "{{setting}}": {{value}} }"""));
        var another = scheduler.As(scheduler.Kind == SchedulerKind.Ddim ? SchedulerKind.Euler : SchedulerKind.Ddim);

        Assert.That(
            () => scheduler.Plan(4),
            Throws.TypeOf<SchedulerException>().With.Message.Contains($"'{setting}'").And.Message.Contains("choose another solver"));
        Assert.That(another.Plan(4).Timesteps, Has.Count.EqualTo(4));
    }

    [TestCase("\"beta_schedule\": \"sigmoid\"", "'beta_schedule'")]
    [TestCase("\"prediction_type\": \"flow_prediction\"", "'prediction_type'")]
    [TestCase("\"use_flow_sigmas\": true", "'use_flow_sigmas'")]
    [TestCase("\"timestep_type\": \"continuous\"", "'timestep_type'")]
    [TestCase("\"snr_shift_scale\": 3.0", "'snr_shift_scale'")]
    [TestCase("\"use_karras_sigmas\": true, \"use_beta_sigmas\": true", "'use_beta_sigmas'")]
    [TestCase("\"num_train_timesteps\": 0", "'num_train_timesteps'")]
    [TestCase("\"num_train_timesteps\": -1", "'num_train_timesteps'")]
    [TestCase("\"num_train_timesteps\": 2147483647", "'num_train_timesteps'")]
    [TestCase("\"num_train_timesteps\": 9999999999", "'num_train_timesteps'")]
    [TestCase("\"num_train_timesteps\": 100001", "1 to 100000")]
    [TestCase("\"beta_start\": 0", "timestep 0")]
    [TestCase("\"beta_start\": NaN", "'beta_start'")]
    [TestCase("\"beta_end\": 1.5", "above 0 and below 1")]
    [TestCase("\"beta_end\": 0.9", "would be left")]
    [TestCase("\"trained_betas\": [0.1, 0.2]", "2 trained betas")]
    [TestCase("\"trained_betas\": []", "0 trained betas")]
    [TestCase("\"trained_betas\": 0.1", "'trained_betas'")]
    [TestCase("\"trained_betas\": [0.1, NaN]", "'trained_betas'")]
    [TestCase("\"sigma_min\": 0", "'sigma_min'")]
    [TestCase("\"prediction_type\": 7", "'prediction_type'")]
    public void Noise_that_makes_no_sense_or_is_not_known_is_refused_at_once(string setting, string expected) =>
        Refuses($$"""{ "_class_name": "EulerDiscreteScheduler", {{setting}} }""", expected);

    [Test]
    public void Trained_betas_take_the_place_of_a_schedule()
    {
        var config = Read("""{ "_class_name": "DDIMScheduler", "num_train_timesteps": 3, "trained_betas": [0.1, 0.2, 0.5] }""");

        var noise = new NoiseSchedule(config);

        Assert.That(Enumerable.Range(0, 3).Select(noise.AlphaCumprod), Is.EqualTo(new[] { 0.9, 0.72, 0.36 }).Within(1e-12));
    }

    [TestCase("-Infinity", 1000)]
    [TestCase("-5.1", 996)]
    public void A_clipped_signal_to_noise_ratio_leaves_out_timesteps(string lambda, int expected)
    {
        var config = Read($$"""{ "_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": {{lambda}} }""") with
        {
            BetaSchedule = BetaSchedule.SquaredCosine,
            Spacing = TimestepSpacing.Trailing,
        };

        Assert.That(Scheduler.Create(config).Plan(10).Timesteps[0], Is.EqualTo(expected - 1));
    }

    [TestCase("""{ "_class_name": "UniPCMultistepScheduler" }""", false, Description = "as diffusers 0.27, which has no such setting")]
    [TestCase("""{ "_class_name": "UniPCMultistepScheduler", "final_sigmas_type": "zero" }""", true)]
    [TestCase("""{ "_class_name": "DPMSolverMultistepScheduler" }""", true)]
    [TestCase("""{ "_class_name": "DPMSolverMultistepScheduler", "final_sigmas_type": "sigma_min" }""", false)]
    public void A_schedule_ends_without_noise_or_with_the_first_timesteps(string json, bool withoutNoise) =>
        Assert.That(Read(json).FinalSigmaZero, Is.EqualTo(withoutNoise));

    [TestCase("use_karras_sigmas", SigmaSpacing.Karras)]
    [TestCase("use_exponential_sigmas", SigmaSpacing.Exponential)]
    [TestCase("use_beta_sigmas", SigmaSpacing.Beta)]
    [TestCase("use_lu_lambdas", SigmaSpacing.Exponential)]
    public void Noise_levels_can_be_spaced_by_themselves(string setting, object spacing) =>
        Assert.That(Read($$"""{ "_class_name": "DPMSolverMultistepScheduler", "{{setting}}": true }""").SigmaSpacing, Is.EqualTo(spacing));

    private static SchedulerConfig Read(string json) =>
        SchedulerConfig.FromJson(ConfigJson.Parse(Encoding.UTF8.GetBytes(json)), "scheduler_config.json");

    private static void Refuses(string json, string expected) => Assert.That(
        () => Read(json),
        Throws.TypeOf<ModelConfigException>().With.Message.Contains(expected).And.Message.Contains("scheduler_config.json"));
}
