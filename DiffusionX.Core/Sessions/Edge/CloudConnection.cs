using System.Collections.Concurrent;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// A connection to the cloud after its handshake. It is read all the time, so that its loss is noticed at once and pings are answered.
/// </summary>
internal sealed class CloudConnection : IAsyncDisposable
{
    private readonly MessageChannel channel;
    private readonly ConcurrentDictionary<Guid, ResponseStream> streams = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task receiving;
    private volatile Exception? end;

    public CloudConnection(MessageChannel channel)
    {
        this.channel = channel;
        receiving = Task.Run(ReceiveAsync);
    }

    public Welcome Welcome => channel.Welcome;

    public IConnection Line => channel.Connection;

    /// <summary>How long a small message takes one way.</summary>
    public TimeSpan OneWay => channel.RoundTrip / 2;

    public bool IsOpen => end is null;

    public long BytesSent => Line.BytesSent;

    public long BytesReceived => Line.BytesReceived;

    /// <summary>Begins to listen for what the cloud says about a request.</summary>
    /// <exception cref="RefinementException">As many of the session's requests are under way as the cloud takes.</exception>
    public ResponseStream OpenStream(Guid requestId)
    {
        if (streams.Count >= Welcome.Limits.MaxRequests)
        {
            var busy = new Refusal(ErrorCode.OverCapacity, $"{Welcome.Server} takes {Welcome.Limits.MaxRequests} requests of a session at once.", Retryable: true, RetryAfter: null);
            throw new RefinementException(busy.Text, busy);
        }

        var stream = new ResponseStream(requestId, over => streams.TryRemove(new(requestId, over)));
        streams[requestId] = stream;
        if (end is { } reason)
        {
            stream.End(reason);
        }

        return stream;
    }

    /// <exception cref="TransportException">The connection is gone, or does not carry the message.</exception>
    public async ValueTask SendAsync(Message message, CancellationToken cancellationToken)
    {
        try
        {
            await channel.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException closed)
        {
            throw Closed(closed);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await receiving.ConfigureAwait(false);
        await channel.DisposeAsync().ConfigureAwait(false);
        closing.Dispose();
    }

    private ConnectionLostException Closed(Exception reason) => new($"The connection to {Line.Peer} was closed at this end.", reason);

    private async Task ReceiveAsync()
    {
        try
        {
            while (await channel.ReceiveAsync(closing.Token).ConfigureAwait(false) is { } message)
            {
                Deliver(message);
            }

            End(new ConnectionLostException($"{Line.Peer} closed the connection."));
        }
        catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
        {
            End(Closed(closed));
        }
        catch (Exception error)
        {
            End(error);
        }
    }

    private void Deliver(Message message)
    {
        switch (message)
        {
            case Error { RequestId: var id } refusal when id == Guid.Empty:
                End(new RefinementException(refusal.Text, refusal.ToRefusal()));
                break;
            case RequestMessage about when streams.TryGetValue(about.RequestId, out var stream):
                stream.Add(about);
                break;
        }
    }

    // The first reason is the one that counts: what follows is its consequence.
    private void End(Exception reason)
    {
        end ??= reason;
        foreach (var stream in streams.Values)
        {
            stream.End(end);
        }
    }
}
