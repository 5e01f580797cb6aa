using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Fleets;

namespace DiffusionX.Tests.Evaluation.Fleets;

public sealed class FleetSimulationTests
{
    private static readonly FleetSimulationOptions Quiet = new()
    {
        Edges = 50,
        Workers = 10,
        ServiceSeconds = [2],
        ThinkSeconds = 100,
        BurstFactor = 1,
        WorkerHours = double.PositiveInfinity,
        Hours = 4,
    };

    [Test]
    public void A_fleet_that_is_large_enough_keeps_up_and_nobody_waits()
    {
        var result = new FleetSimulation(Quiet).Run();

        // Each edge asks once in the time that it thinks and waits for the picture.
        Assert.That(result.PerSecond, Is.EqualTo(50 / 102.0).Within(5).Percent);
        Assert.That(result.Occupancy, Is.EqualTo(50 / 102.0 * 2 / 10).Within(5).Percent);
        Assert.That((Quantile.Of(result.Waits, 0.99), result.Refused, result.TakenOver), Is.EqualTo((0.0, 0L, 0L)));
    }

    [Test]
    public void A_fleet_that_is_too_small_computes_all_the_time_and_refuses()
    {
        var result = new FleetSimulation(Quiet with { Edges = 2000, QueueCapacity = 100 }).Run();

        Assert.That(result.Occupancy, Is.GreaterThan(0.98));
        Assert.That(result.PerSecond, Is.EqualTo(5).Within(3).Percent);
        Assert.That((result.Refused > 0, result.LongestQueue), Is.EqualTo((true, 100)));
    }

    [Test]
    public void What_dead_workers_had_is_taken_over_and_ends()
    {
        var result = new FleetSimulation(Quiet with { Edges = 200, WorkerHours = 0.1 }).Run();

        Assert.That(result.TakenOver, Is.GreaterThan(0));
        Assert.That(result.Done, Is.GreaterThan(20_000));
        Assert.That(result.Times.Max(), Is.GreaterThan(10 + 2));
    }

    [Test]
    public void The_same_seed_plays_the_same()
    {
        var first = new FleetSimulation(Quiet with { BurstFactor = 3 }).Run();
        var again = new FleetSimulation(Quiet with { BurstFactor = 3 }).Run();

        Assert.That(again.Times, Is.EqualTo(first.Times));
    }

    [Test]
    public void An_option_out_of_range_is_named() =>
        Assert.That(() => new FleetSimulation(Quiet with { Workers = 0 }), Throws.TypeOf<EvaluationException>().With.Message.Contains("Workers"));
}
