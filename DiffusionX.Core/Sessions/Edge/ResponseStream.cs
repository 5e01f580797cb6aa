using System.Runtime.ExceptionServices;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// What the cloud says about one request, over one connection. It holds the last word, and a few others: a cloud that says more than is
/// listened to does not fill the memory, and of what it says about its progress the latest counts.
/// </summary>
internal sealed class ResponseStream(Guid requestId, Action<ResponseStream> over) : IDisposable
{
    private const int MostWaiting = 64;
    private const int MostPreviewBytes = 4 * MessageBounds.PreviewBytes;

    private readonly Lock sync = new();
    private readonly LinkedList<RequestMessage> waiting = new();
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RequestMessage? lastWord;
    private Exception? end;

    public Guid RequestId => requestId;

    public void Add(RequestMessage message)
    {
        lock (sync)
        {
            if (lastWord is not null || end is not null)
            {
                return;
            }

            if (message is Result or Error)
            {
                lastWord = message;
            }
            else
            {
                waiting.AddLast(message);
                DropOldest();
            }

            arrived.TrySetResult();
        }
    }

    /// <summary>Nothing more will come, because of <paramref name="reason"/>.</summary>
    public void End(Exception reason)
    {
        lock (sync)
        {
            end ??= reason;
            arrived.TrySetResult();
        }
    }

    /// <summary>Waits for the next message.</summary>
    /// <exception cref="DiffusionXException">The connection ended; the error says why.</exception>
    public async ValueTask<RequestMessage> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // One who floods would keep the caller beyond its time.
            cancellationToken.ThrowIfCancellationRequested();
            Task more;
            lock (sync)
            {
                if (TryTake() is { } message)
                {
                    return message;
                }

                if (end is not null)
                {
                    ExceptionDispatchInfo.Throw(end);
                }

                if (arrived.Task.IsCompleted)
                {
                    arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                more = arrived.Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => over(this);

    private RequestMessage? TryTake()
    {
        if (waiting.First is not { } first)
        {
            return lastWord;
        }

        waiting.RemoveFirst();
        return first.Value;
    }

    private void DropOldest()
    {
        while (waiting.Count > MostWaiting || waiting.Sum(message => (message as Progress)?.Preview?.Length ?? 0) > MostPreviewBytes)
        {
            waiting.RemoveFirst();
        }
    }
}
