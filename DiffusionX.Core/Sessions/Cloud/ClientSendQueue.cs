using System.Threading.Channels;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// What is to be sent to one client. Whoever puts something in never waits, so that a client that reads slowly holds up nobody: progress is
/// left out while much is waiting, and a client that leaves everything else unread is given up.
/// </summary>
internal sealed class ClientSendQueue(Action overflow)
{
    private const int Capacity = 128;
    private const long CapacityBytes = 64L << 20;
    private const int RoomForProgress = 8;

    private readonly Channel<Message> messages = Channel.CreateBounded<Message>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });
    private long bytes;

    public void Post(Message message)
    {
        if (message is Progress && messages.Reader.Count >= RoomForProgress)
        {
            return;
        }

        // A picture larger than the bound goes out all the same where nothing else waits.
        var size = PictureBytes(message);
        if (Interlocked.Add(ref bytes, size) > CapacityBytes && messages.Reader.Count > 0)
        {
            overflow();
        }
        else if (!messages.Writer.TryWrite(message) && messages.Reader.Count >= Capacity)
        {
            overflow();
        }
    }

    /// <summary>Takes no more; what is in it is still sent.</summary>
    public void Complete() => messages.Writer.TryComplete();

    public async IAsyncEnumerable<Message> ReadAllAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in messages.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
            Interlocked.Add(ref bytes, -PictureBytes(message));
        }
    }

    private static long PictureBytes(Message message) => message switch
    {
        Result result => result.Picture.Length,
        Progress progress => progress.Preview?.Length ?? 0,
        _ => 0,
    };
}
