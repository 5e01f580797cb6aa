using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>One client's connection, from its welcome to its end.</summary>
internal sealed class ClientConnection : IDisposable
{
    private readonly MessageChannel channel;
    private readonly RequestDispatcher dispatcher;
    private readonly TimeProvider timeProvider;
    private readonly ILogger log;
    private readonly ClientSendQueue sendQueue;
    private readonly CancellationTokenSource ended = new();
    private long lastAsked;

    public ClientConnection(MessageChannel channel, RequestDispatcher dispatcher, TimeProvider timeProvider, ILogger log)
    {
        this.timeProvider = timeProvider;
        this.channel = channel;
        this.dispatcher = dispatcher;
        this.log = log;
        sendQueue = new ClientSendQueue(overflow: channel.Connection.Abort);
        lastAsked = timeProvider.GetTimestamp();
        SessionId = channel.Hello.SessionId == Guid.Empty ? SecretId.New() : channel.Hello.SessionId;
    }

    /// <summary>The client's session: a secret.</summary>
    public Guid SessionId { get; }

    /// <summary>Whom the client shares its turns with: all of its address, or nobody where that is not known.</summary>
    public object Origin => channel.Origin ?? (object)SessionId;

    /// <summary>Who it is, for people.</summary>
    public string Peer => channel.Connection.Peer;

    /// <summary>For how long it has asked for nothing and waited for nothing.</summary>
    public TimeSpan Idle => dispatcher.Serves(this) ? TimeSpan.Zero : timeProvider.GetElapsedTime(Volatile.Read(ref lastAsked));

    /// <summary>What the client says of itself and its models.</summary>
    public Hello Hello => channel.Hello;

    /// <summary>Sends a message as soon as the client takes it; never waits.</summary>
    public void Post(Message message) => sendQueue.Post(message);

    /// <summary>Serves the client until one of the two ends it.</summary>
    public async Task RunAsync()
    {
        var sending = SendAsync();
        var closedInOrder = false;
        try
        {
            closedInOrder = await ReceiveAsync().ConfigureAwait(false);
        }
        finally
        {
            dispatcher.Leave(this, mayComeBack: !closedInOrder);
            sendQueue.Complete();
            await sending.ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection when everything was sent.</summary>
    public void Close() => sendQueue.Complete();

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => channel.Connection.Abort();

    public void Dispose() => ended.Dispose();

    /// <returns>Whether the client closed the connection on purpose.</returns>
    private async Task<bool> ReceiveAsync()
    {
        try
        {
            while (await channel.ReceiveAsync(ended.Token).ConfigureAwait(false) is { } message)
            {
                Handle(message);
            }

            return true;
        }
        catch (Exception error) when (IsEnd(error))
        {
            log.ConnectionEnded(Peer, error.Message);
            return false;
        }
    }

    private static bool IsEnd(Exception error) => error is TransportException or OperationCanceledException or ObjectDisposedException;

    private void Handle(Message message)
    {
        Volatile.Write(ref lastAsked, timeProvider.GetTimestamp());
        switch (message)
        {
            case Refine request:
                dispatcher.Submit(this, request);
                break;
            case Cancel cancel:
                dispatcher.Cancel(new RequestKey(SessionId, cancel.RequestId));
                break;
        }
    }

    private async Task SendAsync()
    {
        try
        {
            await foreach (var message in sendQueue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await channel.SendAsync(message).ConfigureAwait(false);
            }

            await ended.CancelAsync().ConfigureAwait(false);
        }
        catch (ProtocolException unsendable)
        {
            // Pings would keep the connection, and the client would wait for ever for what does not come.
            log.ConnectionEnded(Peer, unsendable.Message);
            Abort();
        }
        catch (Exception error) when (IsEnd(error))
        {
            // Receiving ends by itself, and knows whether the client closed in order.
            log.ConnectionEnded(Peer, error.Message);
            sendQueue.Complete();
        }
    }
}
