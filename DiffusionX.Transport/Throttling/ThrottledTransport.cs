namespace DiffusionX.Transport.Throttling;

/// <summary>
/// Another transport over a slow link. It holds up what the connecting end sends and receives and leaves the listening end alone, so that one object for both
/// ends holds up every byte once.
/// </summary>
public sealed class ThrottledTransport : ITransport
{
    /// <summary>Puts a link in between.</summary>
    /// <param name="inner">What carries the frames.</param>
    /// <param name="profile">What the link can carry. It is checked when it is used first.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public ThrottledTransport(ITransport inner, LinkProfile profile, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(profile);
        Profile = profile;
        _ = timeProvider;
    }

    /// <summary>What the link can carry.</summary>
    public LinkProfile Profile { get; }

    /// <inheritdoc/>
    public ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
