namespace DiffusionX.Transport.Messages;

/// <summary>Waits for something to come through a connection, as long as bytes move. Too long without one ends the connection.</summary>
internal sealed class StallWatch(IConnection connection, TimeSpan? idleTimeout, TimeProvider timeProvider)
{
    public Task WhileReceivingAsync(Task receiving, CancellationToken cancellationToken) =>
        WaitAsync(receiving, () => connection.BytesReceived, "sent nothing", cancellationToken);

    public Task WhileSendingAsync(Task sending) => WaitAsync(sending, () => connection.BytesSent, "took nothing", CancellationToken.None);

    private async Task WaitAsync(Task task, Func<long> countBytes, string fault, CancellationToken cancellationToken)
    {
        for (var before = countBytes(); !await DoneInTimeAsync(task, cancellationToken).ConfigureAwait(false); before = countBytes())
        {
            if (countBytes() == before)
            {
                connection.Abort();
                throw new ConnectionLostException(
                    $"{connection.Peer} {fault} for {idleTimeout!.Value.TotalSeconds:0.#} s, so it counts as lost. Connect again, "
                    + "or allow more time (IdleTimeout).");
            }
        }
    }

    private async Task<bool> DoneInTimeAsync(Task task, CancellationToken cancellationToken)
    {
        var waiting = task.WaitAsync(idleTimeout ?? Timeout.InfiniteTimeSpan, timeProvider, cancellationToken);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }

        await task.ConfigureAwait(false);
        return true;
    }
}
