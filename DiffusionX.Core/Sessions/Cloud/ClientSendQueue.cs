using System.Threading.Channels;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// What is to be sent to one client. Whoever puts something in never waits, so that a client that reads slowly holds up nobody: progress is left out while
/// much is waiting, and a client that leaves everything else unread is given up.
/// </summary>
internal sealed class ClientSendQueue(Action overflow)
{
    private const int Capacity = 128;
    private const int RoomForProgress = 8;

    private readonly Channel<Message> messages = Channel.CreateBounded<Message>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    public void Post(Message message)
    {
        if (message is Progress && messages.Reader.Count >= RoomForProgress)
        {
            return;
        }

        if (!messages.Writer.TryWrite(message) && messages.Reader.Count >= Capacity)
        {
            overflow();
        }
    }

    /// <summary>Takes no more; what is in it is still sent.</summary>
    public void Complete() => messages.Writer.TryComplete();

    public IAsyncEnumerable<Message> ReadAllAsync(CancellationToken cancellationToken) => messages.Reader.ReadAllAsync(cancellationToken);
}
