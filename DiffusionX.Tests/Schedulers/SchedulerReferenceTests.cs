using DiffusionX.Schedulers;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Schedulers;

[TestFixture]
[NoTensorLeaks]
public sealed class SchedulerReferenceTests
{
    [ReferenceCases("scheduler")]
    [ReferenceCases("scheduler-more")]
    public void A_run_takes_the_timesteps_and_the_way_that_diffusers_takes(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        var scheduler = Scheduler.Create(SchedulerConfig.FromJson(reference.Config, reference.Name));
        var (clean, noise, strength) = (reference.Input("x0"), reference.Input("noise"), reference.Number("strength"));

        var plan = scheduler.Plan(reference.Count("num_inference_steps"), strength);
        var draws = 0;
        using var sampler = plan.Start(() => reference.Input($"step_noise_{draws++}"));
        var trajectory = new List<Tensor> { strength == 1 ? noise * plan.InitialNoiseSigma : plan.AddNoise(clean, noise) };
        for (var step = 0; step < plan.Timesteps.Count; step++)
        {
            var latent = trajectory[^1];
            var output = ReferenceModel(sampler.ScaleModelInput(latent, step), plan.Timesteps[step]);
            trajectory.Add(sampler.Step(output, latent, step));
        }

        Assert.Multiple(() =>
        {
            reference.AssertClose("timesteps", tensor(plan.Timesteps.ToArray()));
            reference.AssertClose("trajectory", stack(trajectory));
        });
    }

    [ReferenceCases("relay-xl")]
    public void A_relay_hands_over_where_diffusers_does(ReferenceCase reference)
    {
        var scheduler = Scheduler.Create(SchedulerConfig.FromJson(reference.Config.GetProperty("scheduler"), reference.Name));

        var plan = scheduler.Plan(reference.Count("num_inference_steps"));

        Assert.That(scheduler.StepsBefore(plan, reference.Number("denoising_end")), Is.EqualTo(reference.Count("steps_of_first")));
    }

    // The stand-in for a UNet of the reference's README.
    private static Tensor ReferenceModel(Tensor input, double timestep) =>
        (input * 0.5) + ((input * 10).cos() * 0.1) + (0.01 * timestep / 1000);
}
