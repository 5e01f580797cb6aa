namespace DiffusionX.Transport.Throttling;

/// <summary>
/// Counts what goes over a link, both ways and over all its connections, and loses the connection that carries a given byte.
/// </summary>
internal sealed class LinkLoss(long? atByte)
{
    private long carried;

    /// <exception cref="ConnectionLostException">The byte is among these.</exception>
    public void Carry(long bytes, string peer)
    {
        var after = Interlocked.Add(ref carried, bytes);
        if (atByte > after - bytes && atByte <= after)
        {
            throw new ConnectionLostException($"The link to {peer} broke at byte {atByte:N0}, as its profile says. Connect again.");
        }
    }
}
