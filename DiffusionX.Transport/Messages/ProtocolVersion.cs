namespace DiffusionX.Transport.Messages;

/// <summary>The versions of the protocol that this library speaks.</summary>
public static class ProtocolVersion
{
    /// <summary>The oldest one.</summary>
    public const int Oldest = 1;

    /// <summary>The newest one.</summary>
    public const int Newest = 1;
}
