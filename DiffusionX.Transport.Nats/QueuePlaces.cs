namespace DiffusionX.Transport.Nats;

/// <summary>
/// How many requests come before those of a gateway, by the numbers that the stream gives them and those that workers say to have taken.
/// Where several models share the stream, the others' requests are counted too: a place is at most that.
/// </summary>
internal sealed class QueuePlaces
{
    private readonly Lock sync = new();
    private readonly Dictionary<string, ulong> lastTaken = [];
    private readonly Dictionary<FleetRequest, ulong> waiting = [];

    /// <summary>A request waits in the stream.</summary>
    public void Add(FleetRequest request, ulong number)
    {
        lock (sync)
        {
            waiting[request] = number;
            Tell(request, number);
        }
    }

    /// <summary>A request waits no more.</summary>
    public void Remove(FleetRequest request)
    {
        lock (sync)
        {
            waiting.Remove(request);
        }
    }

    /// <summary>A worker has taken a request of a model.</summary>
    public void Taken(string model, ulong number)
    {
        lock (sync)
        {
            // One that is given to a second worker was passed before.
            if (number <= lastTaken.GetValueOrDefault(model))
            {
                return;
            }

            lastTaken[model] = number;
            foreach (var (request, place) in waiting.Where(entry => entry.Key.Model == model))
            {
                Tell(request, place);
            }
        }
    }

    private void Tell(FleetRequest request, ulong number)
    {
        var taken = lastTaken.GetValueOrDefault(request.Model);
        request.MoveTo(taken == 0 || number <= taken ? 1 : (int)Math.Min(number - taken, int.MaxValue));
    }
}
