using System.Diagnostics;

namespace DiffusionX.Tests.Sessions;

/// <summary>Waits for what happens on other threads, a minute at most.</summary>
internal static class Eventually
{
    /// <summary>Longer takes only what hangs, also on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task Holds(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.That(clock.Elapsed, Is.LessThan(Limit), $"It never came to this: {what}.");
            await Task.Delay(5);
        }
    }
}
