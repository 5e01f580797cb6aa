using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Transport.Tcp;

[TestFixture]
internal sealed class FrameBudgetTests
{
    private readonly FakeTimeProvider time = new();

    [Test]
    public async Task Frames_wait_their_turn_until_there_is_room()
    {
        var budget = Budget();
        var first = await TakeAsync(budget, 60);
        var second = TakeAsync(budget, 60);
        var third = TakeAsync(budget, 10);

        Assert.That((second.IsCompleted, third.IsCompleted), Is.EqualTo((false, false)), "the small one does not overtake");
        first.Dispose();

        await second;
        await third;
    }

    [Test]
    public async Task A_frame_larger_than_all_room_gets_all_of_it()
    {
        var budget = Budget();
        var giant = await TakeAsync(budget, 1000);
        var next = TakeAsync(budget, 1);
        Assert.That(next.IsCompleted, Is.False);

        giant.Dispose();

        await next;
    }

    [Test]
    public async Task One_that_stops_waiting_leaves_the_line()
    {
        var budget = Budget();
        var first = await TakeAsync(budget, 100);
        using var giveUp = new CancellationTokenSource();
        var second = budget.TakeAsync(50, null, giveUp.Token).AsTask();
        var third = TakeAsync(budget, 100);

        await giveUp.CancelAsync();
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        first.Dispose();

        await third;
    }

    [Test]
    public async Task One_that_takes_too_long_while_others_wait_loses_its_room()
    {
        var budget = Budget();
        var evicted = 0;
        await budget.TakeAsync(100, () => evicted++, default);
        time.Advance(TimeSpan.FromHours(1));
        Assert.That(evicted, Is.Zero, "nobody waits");

        var waiting = TakeAsync(budget, 100);
        time.Advance(TimeSpan.Zero);

        await waiting;
        Assert.That(evicted, Is.EqualTo(1));
    }

    [Test]
    public async Task Room_that_is_given_back_twice_is_room_once()
    {
        var budget = Budget();
        var first = await TakeAsync(budget, 100);
        first.Dispose();
        first.Dispose();

        await TakeAsync(budget, 100);

        Assert.That(TakeAsync(budget, 100).IsCompleted, Is.False);
    }

    private static Task<FrameBudget.Share> TakeAsync(FrameBudget budget, int bytes) => budget.TakeAsync(bytes, null, default).AsTask();

    private FrameBudget Budget() => new(100, TimeSpan.FromSeconds(30), time);
}
