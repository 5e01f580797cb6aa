namespace DiffusionX.Transport;

/// <summary>The end that waits for connections. Disposing it stops the listening and leaves accepted connections as they are.</summary>
public interface IConnectionListener : IAsyncDisposable
{
    /// <summary>Where it listens, such as <c>tcp://127.0.0.1:41234</c>.</summary>
    string Address { get; }

    /// <summary>Whether only programs on this machine can reach it.</summary>
    bool IsLocal { get; }

    /// <summary>Whether what goes over its connections can't be read on the way.</summary>
    bool IsEncrypted { get; }

    /// <summary>Waits for the next connection.</summary>
    /// <exception cref="ObjectDisposedException">The listener was disposed.</exception>
    ValueTask<IConnection> AcceptAsync(CancellationToken cancellationToken = default);
}
