using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Saving;

/// <summary>
/// The rounds of a session: a tree that grows and never shrinks, and the place in it from which the next round grows. For several threads.
/// </summary>
internal sealed class SessionHistory
{
    private readonly Lock sync = new();
    private readonly List<Round> rounds = [];
    private Round? current;
    private long seed;

    public SessionHistory(long seed) => this.seed = seed;

    public SessionHistory(SessionSnapshot snapshot)
    {
        seed = snapshot.Seed;
        rounds.AddRange(snapshot.Rounds);
        current = snapshot.Current is { } number ? rounds[number - 1] : null;
    }

    public IReadOnlyList<Round> Rounds
    {
        get
        {
            lock (sync)
            {
                return [.. rounds];
            }
        }
    }

    public Round? Current
    {
        get
        {
            lock (sync)
            {
                return current;
            }
        }
    }

    public IReadOnlyList<Round> Path
    {
        get
        {
            lock (sync)
            {
                return PathTo(current);
            }
        }
    }

    public long Seed
    {
        get
        {
            lock (sync)
            {
                return seed;
            }
        }

        set
        {
            lock (sync)
            {
                seed = value;
            }
        }
    }

    /// <summary>What the next round starts from, and the seed that it draws with.</summary>
    public (Round? Start, long Seed) Next()
    {
        lock (sync)
        {
            return (current, unchecked(seed + PathTo(current).Count));
        }
    }

    /// <summary>Adds a round and makes it the current one.</summary>
    /// <param name="make">Makes it, given its number.</param>
    public Round Add(Func<int, Round> make)
    {
        lock (sync)
        {
            current = make(rounds.Count + 1);
            rounds.Add(current);
            return current;
        }
    }

    public Round? Undo()
    {
        lock (sync)
        {
            var undone = current ?? throw new SessionException("There is nothing to undo: the session stands before its first round.");
            return current = undone.Parent is { } parent ? rounds[parent - 1] : null;
        }
    }

    public Round GoTo(int number)
    {
        lock (sync)
        {
            return number >= 1 && number <= rounds.Count
                ? current = rounds[number - 1]
                : throw new SessionException($"There is no round {number}: {(rounds.Count == 0 ? "there is none yet" : $"the session has 1 to {rounds.Count}")}.");
        }
    }

    public SessionSnapshot Snapshot()
    {
        lock (sync)
        {
            return new SessionSnapshot(seed, current?.Number, [.. rounds]);
        }
    }

    private List<Round> PathTo(Round? last)
    {
        List<Round> path = [];
        for (var round = last; round is not null; round = round.Parent is { } parent ? rounds[parent - 1] : null)
        {
            path.Insert(0, round);
        }

        return path;
    }
}
