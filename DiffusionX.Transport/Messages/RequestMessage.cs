using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>A message about one request.</summary>
public abstract record RequestMessage : Message
{
    private protected RequestMessage()
    {
    }

    /// <summary>The request, as the client named it. An empty one in an <see cref="Error"/> means the whole connection.</summary>
    [MemoryPackOrder(0)]
    public required Guid RequestId { get; init; }
}
