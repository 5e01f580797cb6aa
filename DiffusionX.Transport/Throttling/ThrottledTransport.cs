namespace DiffusionX.Transport.Throttling;

/// <summary>
/// Another transport over a slow link. It holds up what the connecting end sends and receives and leaves the listening end alone, so that
/// one object for both ends holds up every byte once.
/// </summary>
public sealed class ThrottledTransport : ITransport
{
    private readonly ITransport inner;
    private readonly LinkClock clock;
    private readonly LinkLoss loss;

    /// <summary>Puts a link in between.</summary>
    /// <param name="inner">What carries the frames.</param>
    /// <param name="profile">What the link can carry. It is checked when it is used first.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public ThrottledTransport(ITransport inner, LinkProfile profile, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(profile);
        this.inner = inner;
        Profile = profile;
        clock = new LinkClock(timeProvider ?? TimeProvider.System);
        loss = new LinkLoss(profile.LoseAtByte);
    }

    /// <summary>What the link can carry.</summary>
    public LinkProfile Profile { get; }

    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default)
    {
        Profile.Validate();
        var connection = await inner.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var up = new FrameQueue(Profile.CreateUplink(), clock, loss, connection.Peer);
        var down = new FrameQueue(Profile.CreateDownlink(), clock, loss, connection.Peer);
        return new ThrottledConnection(connection, up, down, clock);
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default)
    {
        Profile.Validate();
        return inner.ListenAsync(cancellationToken);
    }
}
