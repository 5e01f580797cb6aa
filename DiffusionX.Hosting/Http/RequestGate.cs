using System.Threading.RateLimiting;
using DiffusionX.Hosting.Configuration;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary>Lets only so many requests draw at the same time, and only so many wait for it.</summary>
internal sealed class RequestGate(IOptions<DiffusionXOptions> options) : IDisposable
{
    private readonly ConcurrencyLimiter limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.Http.MaxConcurrentRequests,
        QueueLimit = options.Value.Http.MaxQueuedRequests,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>How many could draw now without waiting.</summary>
    public long Free => limiter.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Waits for a turn, which lasts until what is given back is disposed.</summary>
    /// <exception cref="ApiException">Too many wait already.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var lease = await limiter.AcquireAsync(permitCount: 1, cancellationToken).ConfigureAwait(false);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        throw new ApiException(429, "Too many requests wait here already. Come again in a moment.", ApiException.RateLimit, code: "rate_limit_exceeded") { RetryAfter = 2 };
    }

    public void Dispose() => limiter.Dispose();
}
