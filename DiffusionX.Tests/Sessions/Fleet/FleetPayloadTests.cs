using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>A NATS that takes less than it did when gateways and workers looked at it: what does not fit ends, and does not wait for ever.</summary>
[NonParallelizable]
public sealed class FleetPayloadTests
{
    // More than the megabyte that NATS takes where nothing else is said.
    private static readonly byte[] Large = new byte[2_000_000];

    [Test]
    public async Task A_draft_that_NATS_does_not_take_any_more_ends_with_an_error()
    {
        using var nats = await NatsServer.StartAsync("jetstream { store_dir: \"FILES\" }");
        await using var connection = await OpenAsync(nats);
        await using var client = new FleetClient(connection, TimeProvider.System, NullLogger.Instance);
        var message = RawClient.Request();

        var outcome = await client.RunAsync(Request(message with { Draft = message.Draft with { Bytes = Large } }), CancellationToken.None);

        Assert.That((outcome as Error)?.Text, Does.Contain("larger than the cloud's queue takes"));
    }

    [Test]
    public async Task A_result_that_NATS_does_not_take_any_more_ends_with_an_error()
    {
        using var nats = await NatsServer.StartAsync("jetstream { store_dir: \"FILES\" }");
        await using var connection = await OpenAsync(nats);
        await using var client = new FleetClient(connection, TimeProvider.System, NullLogger.Instance);
        await using var worker = new FleetWorker(connection, FleetTest.Heartbeat(places: 1), (task, _) => Task.FromResult<RequestMessage>(ResultOf(task.Request)), NullLogger.Instance);

        var outcome = await client.RunAsync(Request(RawClient.Request()), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.That((outcome as Error)?.Text, Does.Contain("larger than the cloud's queue takes"));
    }

    private static Task<FleetConnection> OpenAsync(NatsServer nats) =>
        FleetConnection.OpenAsync(new NatsFleetOptions { Url = nats.Url }, largestFrame: 100_000, CancellationToken.None);

    private static FleetRequest Request(Refine message) => new()
    {
        Key = FleetNames.Key(Guid.NewGuid(), message.RequestId),
        Model = "model",
        Message = message,
        Tell = _ => { },
        MoveTo = _ => { },
    };

    private static Result ResultOf(Refine request) => new()
    {
        RequestId = request.RequestId,
        Encoding = request.ResultEncoding,
        Picture = Large,
        Strength = 0.5,
        StepsRun = 1,
        QueueTime = TimeSpan.Zero,
        ComputeTime = TimeSpan.Zero,
    };
}
