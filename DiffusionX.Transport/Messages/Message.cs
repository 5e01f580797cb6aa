using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>
/// What edge and cloud say to each other. The number of a kind is the first byte of its frame; fields are numbered too, so that a newer peer can add
/// fields that an older one skips.
/// </summary>
[MemoryPackable]
[MemoryPackUnion(0, typeof(Hello))]
[MemoryPackUnion(1, typeof(Welcome))]
[MemoryPackUnion(2, typeof(Refine))]
[MemoryPackUnion(3, typeof(Accepted))]
[MemoryPackUnion(4, typeof(Progress))]
[MemoryPackUnion(5, typeof(Result))]
[MemoryPackUnion(6, typeof(Error))]
[MemoryPackUnion(7, typeof(Cancel))]
[MemoryPackUnion(8, typeof(Ping))]
[MemoryPackUnion(9, typeof(Pong))]
public abstract partial record Message
{
    // Closed: the union above lists all kinds there are.
    private protected Message()
    {
    }

    /// <summary>What makes the message unusable though its bytes could be read; null for a good one.</summary>
    internal virtual string? FindFault() => null;

    /// <summary>The message as this version understands it.</summary>
    internal virtual Message Normalize() => this;

    private protected static string? FirstOf(params ReadOnlySpan<(bool Wrong, string Fault)> checks)
    {
        foreach (var (wrong, fault) in checks)
        {
            if (wrong)
            {
                return fault;
            }
        }

        return null;
    }
}
