namespace DiffusionX.Transport.Messages;

/// <summary>
/// Messages over a connection, after a handshake. Many may send at once and one receives; a message goes out whole.
/// Pings are sent and answered here, unknown kinds of messages are skipped.
/// </summary>
internal sealed class MessageChannel : IAsyncDisposable
{
    private static readonly TimeSpan RejectionTimeout = TimeSpan.FromSeconds(2);

    private readonly MessageStream stream;
    private readonly bool listens;
    private readonly CancellationTokenSource closing = new();
    private readonly Task pinging;
    private volatile ProtocolException? fault;
    private int answering;

    private MessageChannel(MessageStream stream, bool listens, Hello hello, Welcome welcome, MessageChannelOptions options)
    {
        this.stream = stream;
        this.listens = listens;
        Hello = hello;
        Welcome = welcome;
        pinging = options.PingEvery is { } period ? PingAsync(period, options.TimeProvider) : Task.CompletedTask;
    }

    /// <summary>The connection below; its byte counts are for reports.</summary>
    public IConnection Connection => stream.Connection;

    /// <summary>Where the connecting end comes from, in one word; null where that is not known.</summary>
    public string? Origin => (Connection as IAcceptedConnection)?.Origin;

    /// <summary>What the connecting end said.</summary>
    public Hello Hello { get; }

    /// <summary>What the listening end said.</summary>
    public Welcome Welcome { get; }

    /// <summary>What the listening end takes.</summary>
    public ServerLimits Limits => Welcome.Limits;

    /// <summary>
    /// How long a small message takes to the other end and its answer back, as the handshake took. At the end that listens it holds the
    /// wait for the other's first word too.
    /// </summary>
    public TimeSpan RoundTrip { get; private init; }

    /// <summary>
    /// Shakes hands as the end that connected. The channel owns the connection from here on, and disposes it when the handshake fails.
    /// </summary>
    /// <exception cref="HandshakeException">The other end refuses, or shares no version.</exception>
    /// <exception cref="ProtocolException">The other end does not speak the protocol.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public static async Task<(MessageChannel Channel, Welcome Welcome)> ConnectAsync(
        IConnection connection, Hello hello, MessageChannelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(hello);
        var channel = await ShakeHandsAsync(
            connection,
            listens: false,
            async (handshake, token) => (hello, await handshake.ConnectAsync(hello, token).ConfigureAwait(false)),
            options ?? new MessageChannelOptions(),
            cancellationToken).ConfigureAwait(false);
        return (channel, channel.Welcome);
    }

    /// <summary>
    /// Shakes hands as the end that listens. Versions and token are checked before <paramref name="answer"/> is asked. The channel owns the
    /// connection from here on, and disposes it when the handshake fails.
    /// </summary>
    /// <exception cref="HandshakeException">The other end was refused.</exception>
    /// <exception cref="ProtocolException">The other end does not speak the protocol.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public static Task<MessageChannel> AcceptAsync(
        IConnection connection,
        Func<Hello, HandshakeReply> answer,
        MessageChannelOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(answer);
        return ShakeHandsAsync(
            connection,
            listens: true,
            (handshake, token) => handshake.AcceptAsync(answer, token),
            options ?? new MessageChannelOptions(),
            cancellationToken);
    }

    /// <summary>Sends a message. Cancelling gives up the waiting; a message that is already on its way goes out all the same.</summary>
    /// <exception cref="ProtocolException">The message makes no sense, or is larger than the server's limit.</exception>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    public async ValueTask SendAsync(Message message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        try
        {
            await stream.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException disposed) when (fault is { } reason)
        {
            throw new ConnectionLostException($"The connection to {Connection.Peer} was closed at this end: {reason.Message}", disposed);
        }
    }

    /// <summary>
    /// Waits for the next message; null when the other end closed the connection in order. A wait that is cancelled loses nothing.
    /// </summary>
    /// <exception cref="ProtocolException">The other end sent what can't be read. It was told so, and the connection is closed.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public async ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReceiveUnansweredAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolException malformed)
        {
            fault = malformed;
            await RejectAsync(stream, malformed).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the connection in order.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        await pinging.ConfigureAwait(false);
    }

    private static async Task<MessageChannel> ShakeHandsAsync(
        IConnection connection,
        bool listens,
        Func<Handshake, CancellationToken, Task<(Hello Hello, Welcome Welcome)>> shakeHands,
        MessageChannelOptions options,
        CancellationToken cancellationToken)
    {
        options.Validate();
        using var timeout = new CancellationTokenSource(TimeLeft(connection, options), options.TimeProvider);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var stream = new MessageStream(connection, options);
        var began = options.TimeProvider.GetTimestamp();
        try
        {
            var (hello, welcome) = await shakeHands(new Handshake(stream, options), stopping.Token).ConfigureAwait(false);
            (connection as IAcceptedConnection)?.LetIn();
            return new MessageChannel(stream, listens, hello, welcome, options) { RoundTrip = options.TimeProvider.GetElapsedTime(began) };
        }
        catch (ProtocolException malformed)
        {
            await RejectAsync(stream, malformed).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            connection.Abort();
            throw new ConnectionLostException(
                $"{connection.Peer} did not shake hands within {options.HandshakeTimeout.TotalSeconds:0.#} s. Connect again; if it "
                + $"stays so, the other end may be older than version {ProtocolVersion.Oldest} of the protocol.");
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // One time for all of it: what TLS took is gone.
    private static TimeSpan TimeLeft(IConnection connection, MessageChannelOptions options)
    {
        var left = options.HandshakeTimeout - ((connection as IAcceptedConnection)?.Age ?? TimeSpan.Zero);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Tells the other end why it is left.</summary>
    private static async Task RejectAsync(MessageStream stream, ProtocolException malformed)
    {
        try
        {
            var error = new Error { RequestId = Guid.Empty, Code = ErrorCode.MalformedMessage, Text = malformed.Message };
            await stream.SendAsync(error, CancellationToken.None).AsTask().WaitAsync(RejectionTimeout).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or ObjectDisposedException or TimeoutException)
        {
            // It has gone, or does not listen.
        }
    }

    private async ValueTask<Message?> ReceiveUnansweredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await stream.ReceiveAsync(cancellationToken).ConfigureAwait(false))
            {
                case Ping ping:
                    Answer(ping);
                    break;
                case Pong:
                    break;
                case Hello _ or Welcome _:
                    throw new ProtocolException($"{Connection.Peer} began a second handshake; there is one per connection.");
                case { } message when !IsForThisEnd(message):
                    throw new ProtocolException($"{Connection.Peer} sent {message.GetType().Name}, which is for the other end to say.");
                case var message:
                    return message;
            }
        }
    }

    private bool IsForThisEnd(Message message) =>
        listens ? message is Refine or Cancel or Error : message is Accepted or Progress or Result or Error;

    /// <summary>
    /// In the background, so that an end that asks and does not listen holds nothing up; one answer at a time, so that it can't pile them
    /// up.
    /// </summary>
    private void Answer(Ping ping)
    {
        if (Interlocked.Exchange(ref answering, 1) == 0)
        {
            _ = AnswerAsync(ping);
        }
    }

    private async Task AnswerAsync(Ping ping)
    {
        await TrySendAsync(new Pong { Number = ping.Number }).ConfigureAwait(false);
        Volatile.Write(ref answering, 0);
    }

    private async Task PingAsync(TimeSpan period, TimeProvider timeProvider)
    {
        using var timer = new PeriodicTimer(period, timeProvider);
        try
        {
            for (var number = 1L; await timer.WaitForNextTickAsync(closing.Token).ConfigureAwait(false); number++)
            {
                if (!await TrySendAsync(new Ping { Number = number }).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The channel closes.
        }
    }

    /// <summary>Whether it could be sent. Where not, whoever receives or sends next learns why.</summary>
    private async Task<bool> TrySendAsync(Message message)
    {
        try
        {
            await stream.SendAsync(message, closing.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is TransportException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }
}
