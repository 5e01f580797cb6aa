using DiffusionX.Sessions.Cloud;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Sessions.Cloud;

[TestFixture]
internal sealed class RetryTicketsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Guid first = Guid.NewGuid();
    private readonly Guid second = Guid.NewGuid();
    private FakeTimeProvider time = null!;
    private RetryTickets tickets = null!;

    [SetUp]
    public void NobodyWasRefused()
    {
        time = new FakeTimeProvider();
        tickets = new RetryTickets(time);
    }

    [Test]
    public void Who_was_refused_first_comes_first_however_often_it_is_refused_again()
    {
        Refuse(first, "an address");
        Refuse(second, "another");

        Refuse(first, "an address");

        Assert.That((tickets.Ahead(first, "an address"), tickets.Ahead(second, "another")), Is.EqualTo((0, 1)));
    }

    [Test]
    public void A_newcomer_leaves_one_place_to_each_address_that_was_refused_however_many_sessions_it_has()
    {
        for (var i = 0; i < 20; i++)
        {
            Refuse(Guid.NewGuid(), "a greedy address");
        }

        Refuse(second, "another");

        Assert.That(tickets.Ahead(Guid.NewGuid(), "a newcomer's"), Is.EqualTo(2));
    }

    [Test]
    public void Sessions_of_an_address_stand_in_line_behind_each_other()
    {
        Refuse(first, "an address");
        Refuse(second, "an address");

        Assert.That((tickets.Ahead(second, "an address"), tickets.Ahead(Guid.NewGuid(), "an address")), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Who_does_not_come_back_in_time_holds_up_nobody()
    {
        Refuse(first, "an address");

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.That((tickets.Ahead(second, "another"), tickets.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Who_has_got_its_place_stands_in_line_no_more()
    {
        Refuse(first, "an address");

        tickets.Redeem(first);

        Assert.That(tickets.Ahead(second, "another"), Is.Zero);
    }

    [Test]
    public void However_many_are_refused_only_so_many_are_remembered()
    {
        for (var i = 0; i < 5000; i++)
        {
            Refuse(Guid.NewGuid(), i % 100);
        }

        Assert.That(tickets.Count, Is.LessThanOrEqualTo(1024));
    }

    private void Refuse(Guid session, object origin)
    {
        tickets.Keep(session, origin, Second);
        time.Advance(TimeSpan.FromMicroseconds(1));
    }
}
