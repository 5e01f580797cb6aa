using System.Threading.Channels;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>What the cloud says about one request, over one connection.</summary>
internal sealed class ResponseStream(Guid requestId, Action<ResponseStream> over) : IDisposable
{
    private readonly Channel<RequestMessage> messages = Channel.CreateUnbounded<RequestMessage>(new UnboundedChannelOptions { SingleReader = true });

    public Guid RequestId => requestId;

    public void Add(RequestMessage message) => messages.Writer.TryWrite(message);

    /// <summary>Nothing more will come, because of <paramref name="reason"/>.</summary>
    public void End(Exception reason) => messages.Writer.TryComplete(reason);

    /// <summary>Waits for the next message.</summary>
    /// <exception cref="DiffusionXException">The connection ended; the error says why.</exception>
    public async ValueTask<RequestMessage> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await messages.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed) when (closed.InnerException is { } reason)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }

    public void Dispose() => over(this);
}
