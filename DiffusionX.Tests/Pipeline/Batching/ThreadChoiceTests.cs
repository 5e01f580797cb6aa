using DiffusionX.Pipeline.Batching;
using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Tests.Pipeline.Batching;

[TestFixture]
public sealed class ThreadChoiceTests
{
    private static readonly StepShape Shape = new(8, 8, 77, 0);

    [Test]
    public void At_first_it_takes_all_where_they_were_faster_when_the_machine_was_measured()
    {
        Assert.That(new ThreadChoice(few: 1, all: 4).Next(Shape, places: 2, usesAll: true), Is.EqualTo(4));
    }

    [Test]
    public void Few_that_were_faster_when_the_machine_was_measured_stay()
    {
        var choice = new ThreadChoice(few: 1, all: 4);

        Assert.That(Step(choice, steps: 100, secondsOnFew: 2, secondsOnAll: 1, usesAll: false), Has.All.EqualTo(1));
    }

    [Test]
    public void It_leaves_all_threads_when_others_want_the_processor_and_comes_back_when_they_have_gone()
    {
        var choice = new ThreadChoice(few: 1, all: 4);

        var busy = Step(choice, steps: 400, secondsOnFew: 2, secondsOnAll: 5);
        var quiet = Step(choice, steps: 2000, secondsOnFew: 2, secondsOnAll: 1);

        Assert.Multiple(() =>
        {
            Assert.That(busy.TakeLast(100).Count(threads => threads == 1), Is.GreaterThan(95));
            Assert.That(quiet.TakeLast(100).Count(threads => threads == 4), Is.GreaterThan(95));
        });
    }

    private static List<int> Step(ThreadChoice choice, int steps, double secondsOnFew, double secondsOnAll, bool usesAll = true)
    {
        var taken = new List<int>();
        for (var step = 0; step < steps; step++)
        {
            var threads = choice.Next(Shape, places: 2, usesAll);
            choice.Took(Shape, places: 2, threads, TimeSpan.FromSeconds(threads == 1 ? secondsOnFew : secondsOnAll));
            taken.Add(threads);
        }

        return taken;
    }
}
