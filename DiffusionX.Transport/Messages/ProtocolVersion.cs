namespace DiffusionX.Transport.Messages;

/// <summary>
/// The versions of the protocol that this library speaks. Version 1 had other frames, and is refused (<see cref="FirstProtocol"/>).
/// </summary>
internal static class ProtocolVersion
{
    /// <summary>The oldest one.</summary>
    public const int Oldest = 2;

    /// <summary>The newest one.</summary>
    public const int Newest = 2;
}
