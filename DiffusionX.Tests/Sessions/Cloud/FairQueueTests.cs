using DiffusionX.Sessions.Cloud;

namespace DiffusionX.Tests.Sessions.Cloud;

[TestFixture]
internal sealed class FairQueueTests
{
    [Test]
    public void Owners_take_turns_however_much_each_asks_for()
    {
        var queue = Filled("a1", "a2", "a3", "b1", "c1", "c2");

        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "a1", "b1", "c1", "a2", "c2", "a3" }));
    }

    [Test]
    public void Who_has_had_no_turn_comes_before_those_who_have()
    {
        var queue = Filled("a1", "a2", "a3");
        queue.Dequeue();

        queue.Enqueue("b1");

        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "b1", "a2", "a3" }));
    }

    [Test]
    public void Who_comes_again_and_again_starves_nobody()
    {
        var queue = Filled("a1", "a2", "a3", "b1");
        List<string?> taken = [];

        for (var i = 2; i < 6; i++)
        {
            taken.Add(queue.Dequeue());
            queue.Enqueue($"b{i}");
        }

        Assert.That(taken, Is.EqualTo(new[] { "a1", "b1", "a2", "b2" }));
    }

    [Test]
    public void The_clients_of_one_address_share_its_turns()
    {
        var queue = new FairQueue<string>(item => item[..1], item => item[..2]);
        foreach (var item in (string[])["ax1", "ay1", "az1", "ax2", "bx1", "bx2"])
        {
            queue.Enqueue(item);
        }

        Assert.That(TakeAll(queue), Is.EqualTo(new[] { "ax1", "bx1", "ay1", "bx2", "az1", "ax2" }));
    }

    [Test]
    public void The_order_that_it_foretells_is_the_one_that_comes()
    {
        var queue = Filled("a1", "b1", "b2", "a2", "c1", "b3");
        queue.Dequeue();

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

    [TestCase("b9", "a3")]
    [TestCase("c9", "a3")]
    [TestCase("a9", null)]
    public void A_newcomer_displaces_the_latest_of_the_one_who_has_most(string newcomer, string? displaced)
    {
        Assert.That(Filled("a1", "a2", "a3", "b1").FindOneToDisplace(newcomer), Is.EqualTo(displaced));
    }

    [Test]
    public void Within_one_address_a_newcomer_displaces_the_client_that_has_most()
    {
        var queue = new FairQueue<string>(item => item[..1], item => item[..2]);
        foreach (var item in (string[])["ax1", "ax2", "ay1"])
        {
            queue.Enqueue(item);
        }

        Assert.That(queue.FindOneToDisplace("az1"), Is.EqualTo("ax2"));
        Assert.That(queue.FindOneToDisplace("ay2"), Is.Null);
    }

    [TestCase("b1", "a9")]
    [TestCase("b9", null)]
    [TestCase("a1", null)]
    public void What_takes_much_room_makes_way_for_what_takes_little_of_another_owner(string newcomer, string? displaced)
    {
        var queue = new FairQueue<string>(item => item[..1]) { WeightOf = item => item[1] - '0' };
        queue.Enqueue("c2");
        queue.Enqueue("a9");

        Assert.That((queue.Weight, queue.FindOneToDisplace(newcomer)), Is.EqualTo((11, displaced)));
    }

    private static FairQueue<string> Filled(params string[] items)
    {
        var queue = new FairQueue<string>(item => item[..1]);
        foreach (var item in items)
        {
            queue.Enqueue(item);
        }

        return queue;
    }

    private static List<string> TakeAll(FairQueue<string> queue)
    {
        List<string> taken = [];
        while (queue.Dequeue() is { } item)
        {
            taken.Add(item);
        }

        return taken;
    }
}
