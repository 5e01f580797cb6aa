using System.Net;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Tcp;

/// <summary>Who has not shaken hands yet, and whose place goes to whom.</summary>
[TestFixture]
internal sealed class UnauthenticatedClientsTests
{
    private readonly List<string> evicted = [];

    [SetUp]
    public void ForgetWhoWasEvicted() => evicted.Clear();

    [Test]
    public void Of_an_address_that_has_its_places_the_oldest_client_goes()
    {
        var clients = new UnauthenticatedClients(perAddress: 2, inAll: 10);

        Enter(clients, "10.0.0.1", "first");
        Enter(clients, "10.0.0.1", "second");
        Enter(clients, "10.0.0.2", "another's");
        Enter(clients, "10.0.0.1", "third");

        Assert.That(evicted, Is.EqualTo(new[] { "first" }));
    }

    [Test]
    public void Where_all_places_are_taken_one_goes_of_the_address_that_has_most()
    {
        var clients = new UnauthenticatedClients(perAddress: 10, inAll: 4);
        Enter(clients, "10.0.0.1", "modest");
        Enter(clients, "10.0.0.2", "greedy 1");
        Enter(clients, "10.0.0.2", "greedy 2");
        Enter(clients, "10.0.0.2", "greedy 3");

        Enter(clients, "10.0.0.3", "new");

        Assert.That(evicted, Is.EqualTo(new[] { "greedy 1" }));
    }

    [Test]
    public void A_place_that_was_given_back_is_free()
    {
        var clients = new UnauthenticatedClients(perAddress: 1, inAll: 10);

        Enter(clients, "10.0.0.1", "first").Dispose();
        Enter(clients, "10.0.0.1", "second");

        Assert.That(evicted, Is.Empty);
    }

    [TestCase("2001:db8::1", "2001:db8::ffff:1")]
    [TestCase("::ffff:10.0.0.1", "10.0.0.1")]
    public void What_one_client_can_choose_among_counts_as_one_address(string one, string other)
    {
        var clients = new UnauthenticatedClients(perAddress: 1, inAll: 10);

        Enter(clients, one, "first");
        Enter(clients, other, "second");

        Assert.That(evicted, Is.EqualTo(new[] { "first" }));
    }

    private UnauthenticatedClients.Place Enter(UnauthenticatedClients clients, string address, string name) =>
        clients.Enter(IPAddress.Parse(address), () => evicted.Add(name));
}
