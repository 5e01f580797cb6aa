using DiffusionX.Sessions.Cloud;

namespace DiffusionX.Tests.Sessions.Cloud;

[TestFixture]
public sealed class FairQueueTests
{
    [Test]
    public void Owners_take_turns_however_much_each_asks_for()
    {
        var queue = Filled("a1", "a2", "a3", "b1", "c1", "c2");

        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "a1", "b1", "c1", "a2", "c2", "a3" }));
    }

    [Test]
    public void Who_comes_later_waits_for_one_turn_of_everybody_and_no_longer()
    {
        var queue = Filled("a1", "a2", "a3");
        queue.Dequeue();

        queue.Enqueue('b', "b1");

        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "a2", "b1", "a3" }));
    }

    [Test]
    public void The_order_that_it_foretells_is_the_one_that_comes()
    {
        var queue = Filled("a1", "b1", "b2", "a2", "c1", "b3");

        var foretold = queue.InOrder().ToArray();

        Assert.That(TakeAll(queue), Is.EqualTo(foretold));
    }

    [Test]
    public void What_is_taken_out_of_the_middle_does_not_come()
    {
        var queue = Filled("a1", "b1", "a2");

        Assert.That(queue.Remove("b1"), Is.True);
        Assert.That(queue.Remove("b1"), Is.False);
        Assert.That(queue.Count, Is.EqualTo(2));
        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "a1", "a2" }));
    }

    private static FairQueue<char, string> Filled(params string[] items)
    {
        var queue = new FairQueue<char, string>();
        foreach (var item in items)
        {
            queue.Enqueue(item[0], item);
        }

        return queue;
    }

    private static List<string> TakeAll(FairQueue<char, string> queue)
    {
        List<string> taken = [];
        while (queue.Dequeue() is { } item)
        {
            taken.Add(item);
        }

        return taken;
    }
}
