using System.Net;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Tcp;

[TestFixture]
internal sealed class UnauthenticatedClientsTests
{
    private readonly List<string> evicted = [];
    private UnauthenticatedClients clients = null!;

    [SetUp]
    public void SetUp()
    {
        evicted.Clear();
        clients = new UnauthenticatedClients(perAddress: 3, inAll: 5);
    }

    [Test]
    public void Of_one_address_the_oldest_makes_room_for_the_newest()
    {
        Enter("192.0.2.1", "a", "b", "c", "d", "e");

        Assert.That(evicted, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void In_all_the_address_with_the_most_makes_room()
    {
        Enter("192.0.2.1", "a", "b", "c");
        Enter("192.0.2.2", "d");
        Enter("192.0.2.3", "e", "f");

        Assert.That(evicted, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Who_was_let_in_or_has_gone_takes_no_place()
    {
        var places = Enter("192.0.2.1", "a", "b", "c");
        places[1].Dispose();
        places[1].Dispose();

        Enter("192.0.2.1", "d");
        Assert.That(evicted, Is.Empty);
        Enter("192.0.2.1", "e");
        Assert.That(evicted, Is.EqualTo(new[] { "a" }));
    }

    [TestCase("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:3::", TestName = "A_network_of_IPv6_is_one_address")]
    [TestCase("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", TestName = "An_address_of_IPv4_is_the_same_however_it_is_written")]
    public void Addresses_that_are_one(string first, string second, string third)
    {
        Enter(first, "a");
        Enter(second, "b");
        Enter(third, "c", "d");

        Assert.That(evicted, Is.EqualTo(new[] { "a" }));
    }

    private UnauthenticatedClients.Place[] Enter(string address, params string[] names) =>
        [.. names.Select(name => clients.Enter(IPAddress.Parse(address), () => evicted.Add(name)))];
}
