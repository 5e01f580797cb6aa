using DiffusionX.Schedulers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Training;

[TestFixture]
[NoTensorLeaks]
public sealed class DenoisingObjectiveTests
{
    private const int Many = 4000;

    private static readonly SchedulerConfig Config = new() { Kind = SchedulerKind.Ddim, PredictionType = PredictionType.VPrediction };

    [Test]
    public void Timesteps_in_the_middle_are_drawn_more_than_twice_as_often_as_those_near_the_ends()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var objective = new DenoisingObjective(Config, CPU);
        var clean = zeros(Many, 4, 1, 1);

        var sample = objective.Draw(clean);

        var timesteps = sample.Timesteps.data<long>().ToArray();
        var (first, middle, last) = (CountWithin(timesteps, 0, 50), CountWithin(timesteps, 475, 525), CountWithin(timesteps, 950, 1000));
        Assert.That(first, Is.EqualTo(last).Within(2));
        Assert.That(middle / (double)first, Is.InRange(2.3, 2.8));
    }

    [Test]
    public void A_velocity_and_the_noisy_latent_together_give_the_clean_one_back()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var objective = new DenoisingObjective(Config, CPU);
        var clean = randn(8, 4, 2, 2);
        var levels = new NoiseSchedule(Config);

        var sample = objective.Draw(clean);

        var timesteps = sample.Timesteps.data<long>().ToArray();
        for (var i = 0; i < timesteps.Length; i++)
        {
            var level = levels.Level((int)timesteps[i]);
            var back = (sample.Noisy[i] * level.Alpha) - (sample.Target[i] * level.Sigma);
            Assert.That((back - clean[i]).abs().max().item<float>(), Is.LessThan(1e-5f));
        }
    }

    private static int CountWithin(long[] timesteps, int from, int to) => timesteps.Count(timestep => timestep >= from && timestep < to);
}
