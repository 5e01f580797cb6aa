using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DiffusionX.Transport.Tcp;

/// <summary>
/// Places for clients that are connected and have not been let in, so many for one address and so many in all. Who comes when they are
/// taken gets the place of the one that has been at it longest: a good client needs moments, and who holds places to no end loses them
/// first.
/// </summary>
/// <param name="perAddress">Places of one address.</param>
/// <param name="inAll">Places of all addresses.</param>
internal sealed class UnauthenticatedClients(int perAddress, int inAll)
{
    private const int NetworkBytes = 8;

    private readonly Lock sync = new();
    private readonly Dictionary<IPAddress, LinkedList<Place>> byAddress = [];
    private int count;

    /// <summary>Takes a place.</summary>
    /// <param name="address">Where the client comes from.</param>
    /// <param name="evict">Cuts its connection, when another needs the place.</param>
    public Place Enter(IPAddress address, Action evict)
    {
        var place = new Place(this, NetworkOf(address), evict);
        Place? evicted;
        lock (sync)
        {
            evicted = FindOneToEvict(place.Network);
            if (evicted is not null)
            {
                Remove(evicted);
            }

            if (!byAddress.TryGetValue(place.Network, out var places))
            {
                byAddress[place.Network] = places = new LinkedList<Place>();
            }

            places.AddLast(place);
            count++;
        }

        evicted?.Evict();
        return place;
    }

    /// <summary>What counts as one address: of IPv6 the network, in which one client has as many addresses as it likes.</summary>
    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }

    private Place? FindOneToEvict(IPAddress network)
    {
        if (byAddress.TryGetValue(network, out var own) && own.Count >= perAddress)
        {
            return own.First!.Value;
        }

        return count >= inAll ? byAddress.Values.MaxBy(places => places.Count)?.First!.Value : null;
    }

    private void Leave(Place place)
    {
        lock (sync)
        {
            Remove(place);
        }
    }

    private void Remove(Place place)
    {
        if (!byAddress.TryGetValue(place.Network, out var places) || !places.Remove(place))
        {
            return;
        }

        count--;
        if (places.Count == 0)
        {
            byAddress.Remove(place.Network);
        }
    }

    /// <summary>One client's place, until it is let in or gone.</summary>
    internal sealed class Place(UnauthenticatedClients clients, IPAddress network, Action evict) : IDisposable
    {
        private readonly long since = Stopwatch.GetTimestamp();

        public IPAddress Network => network;

        /// <summary>How long the client has been connected.</summary>
        public TimeSpan Age => Stopwatch.GetElapsedTime(since);

        /// <summary>Whether another client got the place.</summary>
        public bool IsEvicted { get; private set; }

        public void Evict()
        {
            IsEvicted = true;
            evict();
        }

        public void Dispose() => clients.Leave(this);
    }
}
