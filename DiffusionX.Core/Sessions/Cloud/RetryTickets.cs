namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// The places in line of sessions that were refused because there was no room. One that comes back in time is as early as it was at first,
/// and until then nobody who came later takes the room that becomes free. Sessions of one address hold one place between them against all
/// other addresses, so that nobody keeps others out with sessions that never come back. Not for several threads.
/// </summary>
internal sealed class RetryTickets(TimeProvider time)
{
    private const int Most = 1024;
    private const int MostOfAnOrigin = 256;

    // A client comes back a little later than it was told to.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Guid, Ticket> tickets = [];

    public int Count => tickets.Count;

    /// <summary>When a session stood in line first: now for one that has no ticket.</summary>
    public long Since(Guid session)
    {
        Forget();
        return tickets.TryGetValue(session, out var ticket) ? ticket.Since : time.GetTimestamp();
    }

    /// <summary>
    /// How many free places belong to others: one to each other origin of which a session stands in line for longer, and one to each such
    /// session of the same origin.
    /// </summary>
    public int Ahead(Guid session, object origin)
    {
        var since = Since(session);
        var earlier = tickets.Where(entry => entry.Key != session && entry.Value.Since < since).ToArray();
        var neighbours = earlier.Count(entry => entry.Value.Origin.Equals(origin));
        var strangers = earlier.Select(entry => entry.Value.Origin).Where(other => !other.Equals(origin)).Distinct().Count();
        return neighbours + strangers;
    }

    /// <summary>Keeps a session's place, as it was or from now on, until it was to be back.</summary>
    public void Keep(Guid session, object origin, TimeSpan retryAfter)
    {
        var since = Since(session);
        var isKnown = tickets.Remove(session);
        if (!isKnown && tickets.Values.Count(ticket => ticket.Origin.Equals(origin)) >= MostOfAnOrigin)
        {
            return;
        }

        if (tickets.Count >= Most)
        {
            tickets.Remove(LastOfTheGreediest());
        }

        tickets[session] = new Ticket(origin, since, time.GetTimestamp(), retryAfter + retryAfter + Slack);
    }

    /// <summary>The session has its place.</summary>
    public void Redeem(Guid session) => tickets.Remove(session);

    // An address that asks with many sessions loses its own places, and nobody else's.
    private Guid LastOfTheGreediest()
    {
        var greediest = tickets.CountBy(entry => entry.Value.Origin).MaxBy(entry => entry.Value).Key;
        return tickets.Where(entry => entry.Value.Origin.Equals(greediest)).MaxBy(entry => entry.Value.Since).Key;
    }

    private void Forget()
    {
        foreach (var (session, ticket) in tickets)
        {
            if (time.GetElapsedTime(ticket.Kept) > ticket.GoodFor)
            {
                tickets.Remove(session);
            }
        }
    }

    private sealed record Ticket(object Origin, long Since, long Kept, TimeSpan GoodFor);
}
