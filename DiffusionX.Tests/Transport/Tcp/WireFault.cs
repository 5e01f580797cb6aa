namespace DiffusionX.Tests.Transport.Tcp;

public enum WireFault
{
    /// <summary>Both ends see the connection reset.</summary>
    Cut,

    /// <summary>Nothing comes through any more, and nobody is told.</summary>
    Silence,
}
