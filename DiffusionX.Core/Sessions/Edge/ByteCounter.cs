using DiffusionX.Transport;

namespace DiffusionX.Sessions.Edge;

/// <summary>The bytes of connections that are gone.</summary>
internal sealed class ByteCounter
{
    public long Sent { get; private set; }

    public long Received { get; private set; }

    public void Add(IConnection connection)
    {
        Sent += connection.BytesSent;
        Received += connection.BytesReceived;
    }
}
