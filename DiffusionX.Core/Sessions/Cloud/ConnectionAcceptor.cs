using System.Collections.Concurrent;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>Lets clients in, as many as the options say, and knows who is there.</summary>
internal sealed class ConnectionAcceptor : IDisposable
{
    // Connections that may be in their handshake beside the welcomed ones; further ones are cut. A listener that knows addresses bounds
    // them before.
    private const int RoomForHandshakes = 1024;

    // One that has just been let in has had no time to ask.
    private static readonly TimeSpan LeastIdle = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly IConnectionListener listener;
    private readonly RequestDispatcher dispatcher;
    private readonly CloudRefinerOptions options;
    private readonly IRefinementBackend backend;
    private readonly MessageChannelOptions channels;
    private readonly ILogger log;
    private readonly ConcurrentDictionary<ClientConnection, Place> clients = new();
    private readonly ConcurrentDictionary<Guid, Task> visits = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task accepting;
    private readonly Lock sync = new();
    private readonly RetryTickets tickets;
    private int welcomed;

    public ConnectionAcceptor(
        IConnectionListener listener, RequestDispatcher dispatcher, CloudRefinerOptions options, IRefinementBackend backend, ILogger log)
    {
        this.listener = listener;
        this.dispatcher = dispatcher;
        this.options = options;
        this.backend = backend;
        this.log = log;
        tickets = new RetryTickets(options.TimeProvider);
        channels = new MessageChannelOptions
        {
            Token = options.Token,
            HandshakeTimeout = options.HandshakeTimeout,
            IdleTimeout = options.IdleTimeout,
            PingEvery = options.IdleTimeout / 3,
            TimeProvider = options.TimeProvider,
        };
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Connections that are open, in their handshakes or after.</summary>
    public int Connections => visits.Count;

    /// <summary>Lets nobody in any more. Who is there may stay.</summary>
    public async Task StopAcceptingAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        await listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes all connections when everything was sent over them; those that take longer than the limit are cut.</summary>
    public async Task CloseAllAsync(TimeSpan? limit = null)
    {
        foreach (var client in clients.Keys)
        {
            client.Close();
        }

        var over = Task.WhenAll(visits.Values);
        try
        {
            await over.WaitAsync(limit ?? Timeout.InfiniteTimeSpan, options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var client in clients.Keys)
            {
                client.Abort();
            }

            await over.ConfigureAwait(false);
        }
    }

    public void Dispose() => closing.Dispose();

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                Receive(await listener.AcceptAsync(closing.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (TransportException error)
            {
                log.NotLetIn(listener.Address, error.Message);
            }
        }
    }

    private void Receive(IConnection connection)
    {
        if (visits.Count >= options.MaxConnections + RoomForHandshakes)
        {
            log.NotLetIn(connection.Peer, "There are too many connections.");
            connection.Abort();
            return;
        }

        var id = Guid.NewGuid();
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        visits[id] = VisitAsync(id, connection, start.Task);
        start.SetResult();
    }

    private async Task VisitAsync(Guid id, IConnection connection, Task start)
    {
        await start.ConfigureAwait(false);
        try
        {
            await ServeAsync(connection).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            log.NotLetIn(connection.Peer, error.Message);
        }
        catch (Exception error)
        {
            log.ConnectionFailed(error.GetType().Name, error.StackTrace);
        }
        finally
        {
            visits.TryRemove(id, out _);
        }
    }

    private async Task ServeAsync(IConnection connection)
    {
        var place = new Place();
        try
        {
            var channel = await MessageChannel.AcceptAsync(
                connection, hello => Answer(hello, place, connection), channels, closing.Token).ConfigureAwait(false);
            await ServeAsync(channel, place).ConfigureAwait(false);
        }
        finally
        {
            GiveBack(place);
        }
    }

    private async Task ServeAsync(MessageChannel channel, Place place)
    {
        using var client = new ClientConnection(channel, dispatcher, options.TimeProvider, log);
        log.Connected(client.Peer, channel.Hello.Client);
        clients[client] = place;
        CloudTelemetry.Connected(+1);
        if (closing.IsCancellationRequested)
        {
            client.Close();
        }

        try
        {
            await client.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            clients.TryRemove(client, out _);
            CloudTelemetry.Connected(-1);
        }
    }

    // A free place is first for those who were turned away before.
    private HandshakeReply Answer(Hello hello, Place place, IConnection connection)
    {
        var session = hello.SessionId;
        var origin = (connection as IAcceptedConnection)?.Origin ?? (object)session;
        lock (sync)
        {
            if (welcomed + tickets.Ahead(session, origin) >= options.MaxConnections && !TryTakeFromIdle())
            {
                tickets.Keep(session, origin, RetryAfter);
                return ErrorReplies.OverCapacity(Guid.Empty, $"{options.MaxConnections} clients are connected already.", RetryAfter);
            }

            tickets.Redeem(session);
            var reply = backend.Greet(hello);
            place.IsTaken = reply.Welcome is not null;
            welcomed += place.IsTaken ? 1 : 0;
            return reply;
        }
    }

    // Nobody keeps others out by doing nothing. One that is closed in order comes back when it needs to.
    private bool TryTakeFromIdle()
    {
        var (idle, place) = clients
            .Where(entry => entry.Value.IsTaken && entry.Key.Idle >= LeastIdle)
            .DefaultIfEmpty()
            .MaxBy(entry => entry.Key?.Idle);
        if (idle is null)
        {
            return false;
        }

        log.PlaceTaken(idle.Peer);
        idle.Close();
        place.IsTaken = false;
        welcomed--;
        return true;
    }

    private void GiveBack(Place place)
    {
        lock (sync)
        {
            welcomed -= place.IsTaken ? 1 : 0;
            place.IsTaken = false;
        }
    }

    /// <summary>A client's place among those that there may be.</summary>
    private sealed class Place
    {
        public bool IsTaken { get; set; }
    }
}
