using DiffusionX.Pipeline.Batching;
using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Tests.Pipeline.Batching;

[TestFixture]
public sealed class StepOrderTests
{
    private static readonly StepShape Small = new(8, 8, 77, 0);
    private static readonly StepShape Large = new(16, 16, 77, 0);
    private static readonly StepShape Wide = new(8, 16, 77, 0);

    [Test]
    public void Runs_of_one_shape_take_their_step_together()
    {
        Candidate[] runs = [new(Small), new(Large), new(Small)];

        var next = new StepOrder().Next(runs, places: 8, TimeSpan.Zero);

        Assert.That(next, Is.EqualTo(new[] { runs[0], runs[2] }));
    }

    [Test]
    public void Shapes_take_turns()
    {
        Candidate[] runs = [new(Small), new(Large)];
        var order = new StepOrder();

        var turns = Enumerable.Range(0, 4).Select(_ => order.Next(runs, places: 8, TimeSpan.Zero)[0].NextShape).ToArray();

        Assert.That(turns, Is.EqualTo(new[] { Small, Large, Small, Large }));
    }

    [Test]
    public void A_step_takes_no_more_places_than_there_are()
    {
        Candidate[] runs = [new(Small) { Places = 2 }, new(Small) { Places = 3 }, new(Small)];

        var next = new StepOrder().Next(runs, places: 4, TimeSpan.Zero);

        Assert.That(next, Is.EqualTo(new[] { runs[0], runs[2] }));
    }

    [Test]
    public void A_run_that_goes_alone_shares_its_step_with_nobody()
    {
        Candidate[] runs = [new(Small) { IsAlone = true }, new(Small)];

        Assert.That(new StepOrder().Next(runs, places: 8, TimeSpan.Zero), Is.EqualTo(new[] { runs[0] }));
    }

    [Test]
    public void A_run_goes_first_that_would_be_late_in_turns_and_is_in_time_alone()
    {
        var order = new StepOrder();
        Learn(order, Small, seconds: 1);
        Learn(order, Large, seconds: 1);
        Candidate[] runs = [new(Small), new(Large) { StepsLeft = 5, Deadline = TimeSpan.FromSeconds(7) }];

        var turns = Enumerable.Range(0, 3).Select(_ => order.Next(runs, places: 8, TimeSpan.Zero)[0]).ToArray();

        Assert.That(turns, Has.All.SameAs(runs[1]));
    }

    [Test]
    public void A_run_that_is_late_anyway_goes_in_its_turn()
    {
        var order = new StepOrder();
        Learn(order, Large, seconds: 1);
        Candidate[] runs = [new(Small), new(Large) { StepsLeft = 5, Deadline = TimeSpan.FromSeconds(4) }];

        Assert.That(order.Next(runs, places: 8, TimeSpan.Zero)[0], Is.SameAs(runs[0]));
    }

    [Test]
    public void No_run_is_passed_over_more_often_than_the_bound_says_whatever_the_others_hurry([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        StepShape[] shapes = [Small, Large, Wide];
        var order = new StepOrder();
        foreach (var shape in shapes)
        {
            Learn(order, shape, random.NextDouble());
        }

        Candidate[] runs = [.. Enumerable.Range(0, 10).Select(_ => new Candidate(shapes[random.Next(3)]) { StepsLeft = random.Next(1, 9) })];
        var most = 0;
        for (var turn = 0; turn < 500; turn++)
        {
            runs[random.Next(runs.Length)].Deadline = TimeSpan.FromSeconds(random.Next(20));
            order.Next(runs, places: 16, TimeSpan.FromSeconds(random.Next(3)));
            most = Math.Max(most, runs.Max(run => run.PassedOver));
        }

        Assert.That(most, Is.LessThanOrEqualTo(StepOrder.MostPassedOver + shapes.Length));
    }

    [Test]
    public void An_owner_of_one_run_has_as_much_time_as_one_of_many()
    {
        var many = Enumerable.Range(0, 8).Select(_ => new Candidate(Small) { Owner = "greedy" });
        Candidate[] runs = [new(Small) { Owner = "modest" }, .. many];

        var time = Take(new StepOrder(), runs, places: 8, steps: 60);

        Assert.That(time["modest"] / time["greedy"], Is.EqualTo(1).Within(0.2));
    }

    [Test]
    public void Owners_of_as_many_runs_each_take_all_steps_together()
    {
        Candidate[] runs = [.. Enumerable.Range(0, 6).Select(i => new Candidate(Small) { Owner = $"owner {i % 3}" })];
        var order = new StepOrder();

        for (var step = 0; step < 20; step++)
        {
            var next = order.Next(runs, places: 8, TimeSpan.Zero);
            order.Took(next, Small, TimeSpan.FromMilliseconds(70 + step));
            Assert.That(next, Has.Count.EqualTo(6));
        }
    }

    [Test]
    public void Who_comes_later_has_no_time_to_catch_up_on()
    {
        var order = new StepOrder();
        Candidate early = new(Small) { Owner = "early" };
        Take(order, [early], places: 1, steps: 100);

        var time = Take(order, [early, new(Small) { Owner = "late" }], places: 1, steps: 10);

        Assert.That(time["early"], Is.EqualTo(time["late"]).Within(1));
    }

    [Test]
    public void An_owner_of_many_runs_adds_as_many_to_a_step_as_another_one_has()
    {
        var order = new StepOrder();
        Learn(order, Small, seconds: 1);
        Learn(order, Small, seconds: 16, places: 16);
        Candidate[] runs = [.. Greedy(15), new(Small) { Owner = "modest" }];

        var next = order.Next(runs, places: 16, TimeSpan.Zero);

        Assert.That(next.Select(run => run.Owner), Is.EquivalentTo(new[] { "greedy", "modest" }));
    }

    [Test]
    public void An_owner_of_many_runs_fills_a_step_that_takes_no_longer_for_them()
    {
        var order = new StepOrder();
        Learn(order, Small, seconds: 1);
        Learn(order, Small, seconds: 1.9, places: 16);
        Candidate[] runs = [.. Greedy(15), new(Small) { Owner = "modest" }];

        Assert.That(order.Next(runs, places: 16, TimeSpan.Zero), Has.Count.EqualTo(16));
    }

    [Test]
    public void Runs_of_one_owner_take_turns_at_the_places_that_are_left_to_it()
    {
        var order = new StepOrder();
        Learn(order, Small, seconds: 1);
        Candidate[] runs = [.. Greedy(5), new(Small) { Owner = "modest" }];

        Take(order, runs, places: 16, steps: 20);

        Assert.That(runs.Take(5).Select(run => run.Steps), Has.All.EqualTo(4));
    }

    [Test]
    public void A_run_of_many_waits_for_the_share_of_the_others_however_often_it_was_passed_over()
    {
        var order = new StepOrder();
        Candidate[] runs = [new(Large) { Owner = "greedy" }, new(Small) { Owner = "modest" }];
        order.Took(order.Next(runs, places: 16, TimeSpan.Zero), Large, TimeSpan.FromSeconds(20));

        for (var step = 0; step < 19; step++)
        {
            var next = order.Next(runs, places: 16, TimeSpan.Zero);
            Assert.That(next, Is.EqualTo(new[] { runs[1] }));
            order.Took(next, Small, TimeSpan.FromSeconds(1));
        }
    }

    [Test]
    public void Who_comes_seldom_goes_alone_beside_one_with_many_for_as_long_as_it_left_to_it()
    {
        var order = new StepOrder();
        Candidate[] greedy = [.. Greedy(4)];
        Candidate seldom = new(Small) { Owner = "seldom" };
        Take(order, greedy, places: 1, steps: 10, seconds: 0.1);

        Take(order, [.. greedy, seldom], places: 4, steps: 10, seconds: 0.1);

        Assert.That(seldom.Steps, Is.EqualTo(10));
    }

    [Test]
    public void Who_asks_again_and_again_has_no_more_time_than_one_with_many()
    {
        var order = new StepOrder();
        Candidate[] greedy = [.. Greedy(4)];
        Candidate again = new(Small) { Owner = "again" };

        for (var request = 0; request < 50; request++)
        {
            Take(order, [.. greedy, again], places: 1, steps: 8, seconds: 0.1);
            Take(order, greedy, places: 1, steps: 1, seconds: 0.1);
        }

        Assert.That(again.Steps, Is.EqualTo(225).Within(15));
    }

    private static IEnumerable<Candidate> Greedy(int runs) => Enumerable.Range(0, runs).Select(_ => new Candidate(Small) { Owner = "greedy" });

    private static void Learn(StepOrder order, StepShape shape, double seconds, int places = 1)
    {
        Candidate[] run = [new(shape) { Places = places }];
        order.Took(order.Next(run, places, TimeSpan.Zero), shape, TimeSpan.FromSeconds(seconds));
    }

    /// <returns>How many steps of its runs each owner has had, where a step takes so many seconds for each run.</returns>
    private static Dictionary<object, double> Take(StepOrder order, Candidate[] runs, int places, int steps, double seconds = 1)
    {
        var time = runs.Select(run => run.Owner).Distinct().ToDictionary(owner => owner, _ => 0.0);
        for (var step = 0; step < steps; step++)
        {
            var next = order.Next(runs, places, TimeSpan.Zero);
            order.Took(next, Small, TimeSpan.FromSeconds(seconds * next.Count));
            foreach (var run in next)
            {
                time[run.Owner]++;
                run.Steps++;
            }
        }

        return time;
    }

    private sealed class Candidate(StepShape shape) : ITurnTaker
    {
        public object Owner { get; init; } = "everybody";

        public StepShape NextShape => shape;

        public int StepsLeft { get; init; } = 5;

        public int Places { get; init; } = 1;

        public TimeSpan? Deadline { get; set; }

        public bool IsAlone { get; init; }

        public int PassedOver { get; set; }

        public int Steps { get; set; }
    }
}
