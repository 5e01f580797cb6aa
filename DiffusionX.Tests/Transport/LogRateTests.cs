using DiffusionX.Transport;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Transport;

[TestFixture]
public sealed class LogRateTests
{
    [Test]
    public void A_burst_is_let_through_then_some_lines_a_second_and_the_next_one_tells_how_many_were_not()
    {
        var time = new FakeTimeProvider();
        var rate = new LogRate(time);

        var burst = Enumerable.Range(0, 1000).Count(_ => rate.TryWrite(out var suppressed) && suppressed == 0);
        time.Advance(TimeSpan.FromSeconds(1));
        var next = rate.TryWrite(out var leftOut);
        var rest = Enumerable.Range(0, 1000).Count(_ => rate.TryWrite(out var _));

        Assert.That((burst, next, leftOut, rest), Is.EqualTo((50, true, 950L, 4)));
    }
}
