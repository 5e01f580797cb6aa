namespace DiffusionX.Runtime;

/// <summary>
/// The token that a network's layers look at while they compute: one call of a large UNet takes longer than whoever pressed Ctrl-C waits.
/// It holds for one thread and for as long as it is not disposed.
/// </summary>
internal sealed class ComputeCancellation : IDisposable
{
    [ThreadStatic]
    private static CancellationToken current;

    private readonly CancellationToken outer;

    private ComputeCancellation(CancellationToken token)
    {
        outer = current;
        current = token;
    }

    /// <summary>Has what this thread computes stop between two layers when the token is cancelled.</summary>
    public static ComputeCancellation By(CancellationToken token) => new(token);

    /// <summary>Called by layers before they compute.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void ThrowIfRequested() => current.ThrowIfCancellationRequested();

    /// <inheritdoc/>
    public void Dispose() => current = outer;
}
