using DiffusionX.Transport;
using DiffusionX.Transport.Nats;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>How gateways and workers find what they share in NATS, or make it.</summary>
[NonParallelizable]
public sealed class FleetConnectionTests
{
    private const string Files = "max_payload: 8MB\njetstream { store_dir: \"FILES\" }\n";

    [Test]
    public async Task Many_that_begin_at_once_share_what_one_of_them_makes()
    {
        for (var round = 0; round < 3; round++)
        {
            using var nats = await NatsServer.StartAsync(Files);

            var openings = Enumerable.Range(0, 16).Select(_ => Task.Run(() => OpenAsync(nats)));

            await Assert.ThatAsync(() => Task.WhenAll(openings).WaitAsync(TimeSpan.FromMinutes(1)), Throws.Nothing);
        }
    }

    [Test]
    public async Task A_NATS_whose_JetStream_does_not_answer_yet_is_waited_for()
    {
        using var nats = await NatsServer.StartAsync(Files + "no_auth_user: fleet\nauthorization { users: [{ user: fleet, password: secret, permissions: { publish: { deny: \"$JS.API.>\" } } }] }");

        var opening = OpenAsync(nats);
        await Task.Delay(500);
        var wasWaiting = !opening.IsCompleted;
        nats.Reload(Files + "no_auth_user: fleet\nauthorization { users: [{ user: fleet, password: secret }] }");
        await opening;

        Assert.That(wasWaiting);
    }

    [Test]
    public async Task A_stream_of_another_that_takes_the_same_subjects_is_said()
    {
        using var nats = await NatsServer.StartAsync(Files);
        await OpenAsync(nats);
        var names = new FleetNames("other");
        await using (var stranger = await FleetConnection.OpenAsync(new NatsFleetOptions { Url = nats.Url, Prefix = "stranger" }, 100_000, CancellationToken.None))
        {
            await stranger.JetStream.CreateStreamAsync(new NATS.Client.JetStream.Models.StreamConfig("theirs", [names.AnyRequest]));
        }

        var opening = () => FleetConnection.OpenAsync(new NatsFleetOptions { Url = nats.Url, Prefix = "other" }, 100_000, CancellationToken.None);

        Assert.That(opening, Throws.TypeOf<TransportException>().With.Message.Contains("overlap"));
    }

    private static async Task OpenAsync(NatsServer nats)
    {
        await using var connection = await FleetConnection.OpenAsync(new NatsFleetOptions { Url = nats.Url }, largestFrame: 100_000, CancellationToken.None);
    }
}
