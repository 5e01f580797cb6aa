using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>A NATS for each test, and what its fleet's results should be.</summary>
[NonParallelizable]
public abstract class FleetTest
{
    /// <summary>The worker's silence after which another one gets its request, as an argument.</summary>
    private protected static readonly string[] QuickAckWait = ["--ack-wait", "1"];

    private protected NatsServer Nats { get; private set; } = null!;

    /// <summary>The mini model's folder.</summary>
    private protected static string Model => SessionModels.Folder;

    [SetUp]
    public async Task StartNats() => Nats = await NatsServer.StartAsync();

    [TearDown]
    public void StopNats() => Nats?.Dispose();

    /// <summary>What a worker says of itself that computes nothing.</summary>
    internal static WorkerHeartbeat Heartbeat(int places) => new()
    {
        Worker = "worker",
        Model = "model",
        ModelName = "mini",
        VaeFingerprint = "vae",
        ScheduleFingerprint = "schedule",
        Solver = "Ddim",
        LatentChannels = 4,
        PixelsPerLatent = 8,
        Places = places,
    };

    private protected static Task<RawClient> ConnectAsync(FleetProcess gateway, Guid? session = null) =>
        RawClient.ConnectAsync(new TcpTransport(TcpTransportOptions.FromAddress(gateway.Address)), session);

    /// <summary>A request that is the same for the same number, but for its id.</summary>
    private protected static Refine Request(int number, int steps = 4) => RawClient.Request($"a boat with {number} sails") with { Seed = number, Steps = steps };

    /// <summary>What a refiner in this process makes of a request.</summary>
    private protected static async Task<Result> ExpectedAsync(Refine request)
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = new FixedStrength(0.5) });
        await using var client = await RawClient.ConnectAsync(link);
        return (Result)await client.AskAsync(request);
    }

    /// <summary>Waits until a request is being computed, with at least so many steps done.</summary>
    private protected static async Task UntilStepAsync(RawClient client, int step)
    {
        while (await client.ReceiveAsync() is not Progress { Step: var done } || done < step)
        {
        }
    }
}
