namespace DiffusionX.Cli.Pull;

/// <summary>Tries again what may pass, waiting longer each time.</summary>
/// <param name="attempts">How often one after another without getting any further.</param>
/// <param name="firstWait">How long before the second attempt; doubled each time.</param>
internal sealed class RetryPolicy(int attempts, TimeSpan firstWait)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    public static RetryPolicy Usual { get; } = new(attempts: 6, firstWait: TimeSpan.FromSeconds(1));

    /// <summary>Runs an action until it succeeds, fails for good, or fails too often.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="reached">How far the action has come; a failure that got further is the first one again.</param>
    /// <param name="cancellationToken">Stops waiting too.</param>
    /// <exception cref="PullException">The last attempt's error.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> action, Func<long> reached, CancellationToken cancellationToken)
    {
        for (var failed = 0; ;)
        {
            var before = reached();
            try
            {
                return await action();
            }
            catch (PullException error) when (error.MayPass)
            {
                failed = reached() > before ? 1 : failed + 1;
                if (failed == attempts)
                {
                    throw new PullException($"{error.Message} Tried {attempts} times; the same command goes on from here.", error);
                }

                await Task.Delay(Wait(failed, error), cancellationToken);
            }
        }
    }

    private TimeSpan Wait(int failed, PullException error)
    {
        var wait = error.RetryAfter ?? firstWait * Math.Pow(2, failed - 1);
        return wait < LongestWait ? wait : LongestWait;
    }
}
