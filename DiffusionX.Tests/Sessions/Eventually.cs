using System.Diagnostics;

namespace DiffusionX.Tests.Sessions;

/// <summary>Waits for what happens on other threads, a few seconds at most.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

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
