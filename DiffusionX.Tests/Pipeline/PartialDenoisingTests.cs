using DiffusionX.Pipeline;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class PartialDenoisingTests : MiniModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house under a yellow moon", Steps = 8, Seed = 7, Scheduler = SchedulerKind.Ddim };

    [TestCase(1, SchedulerKind.Ddim)]
    [TestCase(4, SchedulerKind.Ddim)]
    [TestCase(7, SchedulerKind.Ddim)]
    [TestCase(4, SchedulerKind.EulerAncestral, Description = "it goes on with the noise that comes next")]
    public async Task A_run_that_is_handed_over_on_the_way_ends_where_the_whole_one_does(int handedOverAfter, SchedulerKind solver)
    {
        var request = Request with { Scheduler = solver };
        var whole = await Model.GenerateAsync(request);

        var partialRun = await Model.DenoisePartiallyAsync(request, handedOverAfter);
        var rest = await Model.GenerateAsync(request with { ContinueFrom = partialRun });

        Assert.That(rest.Images[0].Latent, Is.SameLatentAs(whole.Images[0].Latent));
        Assert.That((partialRun.StepsRun, rest.StepsRun), Is.EqualTo((handedOverAfter, 8 - handedOverAfter)));
    }

    [TestCase(SchedulerKind.Euler)]
    [TestCase(SchedulerKind.Ddim)]
    public async Task So_does_one_that_starts_from_a_latent(SchedulerKind solver)
    {
        var start = (await Model.GenerateAsync(Request)).Images[0].Latent;
        var refinement = Request with { Scheduler = solver, InitLatent = start, Strength = 0.5 };
        var whole = await Model.GenerateAsync(refinement);

        var partialRun = await Model.DenoisePartiallyAsync(refinement, 2);
        var rest = await Model.GenerateAsync(refinement with { InitLatent = null, ContinueFrom = partialRun });

        Assert.That(partialRun.NextStep, Is.EqualTo(6));
        Assert.That(rest.Images[0].Latent, Is.SameLatentAs(whole.Images[0].Latent));
    }

    [Test]
    public async Task A_multistep_solver_begins_anew_at_the_hand_over_and_still_comes_close()
    {
        var request = Request with { Scheduler = SchedulerKind.DpmSolverPlusPlus2M, Steps = 40 };
        var whole = await Model.GenerateAsync(request);

        var rest = await Model.GenerateAsync(request with { ContinueFrom = await Model.DenoisePartiallyAsync(request, 20) });

        Assert.That(Distance(rest, whole), Is.LessThan(0.05));
    }

    [Test]
    public async Task A_model_that_means_another_step_refuses_to_go_on()
    {
        var partialRun = await Model.DenoisePartiallyAsync(Request, 4);

        Assert.That(() => Model.GenerateAsync(Request with { Steps = 16, ContinueFrom = partialRun }), Throws.TypeOf<GenerationException>().With.Message.Contains("other steps"));
        Assert.That(() => Model.GenerateAsync(Request with { Steps = 4, ContinueFrom = partialRun }), Throws.TypeOf<GenerationException>().With.Message.Contains("nothing is left"));
    }

    [TestCase(0)]
    [TestCase(8)]
    public void Each_side_has_to_take_a_step(int steps) => Assert.That(() => Model.DenoisePartiallyAsync(Request, steps), Throws.TypeOf<GenerationException>());

    [TestCase(SchedulerKind.Pndm)]
    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.Heun)]
    public void A_solver_that_remembers_too_much_can_not_be_stopped(SchedulerKind solver) =>
        Assert.That(() => Model.DenoisePartiallyAsync(Request with { Scheduler = solver }, 2), Throws.TypeOf<SchedulerException>());

    [Test]
    public async Task A_partial_denoising_is_a_start_like_others_and_excludes_them()
    {
        var partialRun = await Model.DenoisePartiallyAsync(Request, 4);

        Assert.That(() => Model.GenerateAsync(Request with { ContinueFrom = partialRun, InitLatent = partialRun.Noisy }), Throws.TypeOf<GenerationException>().With.Message.Contains("More than one"));
    }

    private static double Distance(GenerationResult one, GenerationResult other)
    {
        var pairs = one.Images[0].Latent.Values.ToArray().Zip(other.Images[0].Latent.Values.ToArray()).ToArray();
        return Math.Sqrt(pairs.Sum(pair => Math.Pow(pair.First - pair.Second, 2)) / pairs.Sum(pair => Math.Pow(pair.Second, 2)));
    }
}
