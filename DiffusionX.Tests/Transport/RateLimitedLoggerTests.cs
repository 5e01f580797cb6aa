using DiffusionX.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Transport;

[TestFixture]
public sealed class RateLimitedLoggerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly LogLines lines = new();

    [Test]
    public void A_burst_is_let_through_then_some_lines_a_second_and_the_next_one_tells_how_many_were_not()
    {
        var log = new RateLimitedLogger(lines, time);

        Write(log, LogLevel.Information, times: 1000);
        Assert.That(lines.All, Has.Count.EqualTo(200));
        time.Advance(TimeSpan.FromSeconds(1));
        Write(log, LogLevel.Information, times: 1000);

        Assert.That(lines.All, Has.Count.EqualTo(200 + 1 + 20));
        Assert.That(lines.All[200], Does.StartWith("800 lines were left out"));
    }

    [Test]
    public void Errors_are_never_left_out()
    {
        var log = new RateLimitedLogger(lines, time);
        Write(log, LogLevel.Warning, times: 1000);
        lines.Clear();

        Write(log, LogLevel.Error, times: 1000);

        Assert.That(lines.All, Has.Count.EqualTo(1000));
    }

    private static void Write(RateLimitedLogger log, LogLevel level, int times)
    {
        for (var i = 0; i < times; i++)
        {
            log.Log(level, default, "a line", null, (line, _) => line);
        }
    }
}
