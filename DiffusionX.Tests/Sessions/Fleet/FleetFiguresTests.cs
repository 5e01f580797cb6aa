using System.Diagnostics;
using DiffusionX.Evaluation;
using DiffusionX.Imaging;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Tests.Cli;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>The figures of docs/SCALING.md: dotnet test --filter FullyQualifiedName~FleetFiguresTests.</summary>
[Explicit("It measures, for minutes.")]
public sealed class FleetFiguresTests : FleetTest
{
    [Test]
    public async Task Overhead_of_gateway_and_NATS_over_a_refiner()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        using var server = await RunningServer.StartAsync(Environment.CurrentDirectory, "--model", Model, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0", "--cloud-strength", "0.5", "--max-batch", "1");
        await using var throughFleet = await ConnectAsync(gateway);
        await using var direct = await RawClient.ConnectAsync(new TcpTransport(TcpTransportOptions.FromAddress(server.Address)));
        var (fleet, refiner) = (new List<double>(), new List<double>());
        for (var number = 0; number < 210; number++)
        {
            refiner.Add(await BesideComputingAsync(direct, number));
            fleet.Add(await BesideComputingAsync(throughFleet, number));
        }

        Print("serve, beside computing", refiner.Skip(10));
        Print("gateway, NATS and worker, beside computing", fleet.Skip(10));
        Print("overhead, of pairs", fleet.Zip(refiner, (one, other) => one - other).Skip(10));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public async Task Throughput_with_an_artificial_device_time(int workers)
    {
        var processes = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.5")));
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        var window = TimeSpan.FromSeconds(40);
        var clock = Stopwatch.StartNew();
        var done = await Task.WhenAll(Enumerable.Range(0, 2 * workers).Select(edge => Task.Run(async () =>
        {
            await using var client = await ConnectAsync(gateway);
            var (number, counted) = (edge, 0);
            while (clock.Elapsed < window + TimeSpan.FromSeconds(5))
            {
                Assert.That(await client.AskAsync(Request(number++)), Is.InstanceOf<Result>());
                counted += clock.Elapsed > TimeSpan.FromSeconds(5) && clock.Elapsed <= window + TimeSpan.FromSeconds(5) ? 1 : 0;
            }

            return counted;
        })));
        TestContext.Out.WriteLine(FormattableString.Invariant($"{workers} workers: {done.Sum() / window.TotalSeconds:F3} results a second ({done.Sum()} in {window.TotalSeconds} s)."));
        foreach (var process in processes)
        {
            process.Dispose();
        }
    }

    [TestCase(1, 4)]
    [TestCase(8, 32)]
    public async Task What_NATS_carries_where_computing_takes_no_time(int places, int callers)
    {
        var options = new NatsFleetOptions { Url = Nats.Url };
        await using var workerSide = await FleetConnection.OpenAsync(options, 1 << 20, CancellationToken.None);
        await using var gatewaySide = await FleetConnection.OpenAsync(options, 1 << 20, CancellationToken.None);
        var picture = new byte[400_000];
        await using var worker = new FleetWorker(
            workerSide, Heartbeat(places), (task, _) => Task.FromResult<RequestMessage>(new Result { RequestId = task.Request.RequestId, Encoding = PictureEncoding.Png, Picture = picture }), NullLogger.Instance);
        await using var client = new FleetClient(gatewaySide, TimeProvider.System, NullLogger.Instance);
        var draft = new DraftPayload { Encoding = DraftEncoding.Float16Latent, Channels = 4, Height = 64, Width = 64, Bytes = new byte[2 * 4 * 64 * 64] };
        var clock = Stopwatch.StartNew();
        var waits = new System.Collections.Concurrent.ConcurrentBag<double>();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (clock.Elapsed < TimeSpan.FromSeconds(10))
            {
                var began = clock.Elapsed;
                var request = new FleetRequest
                {
                    Key = FleetNames.Key(Guid.NewGuid(), Guid.NewGuid()),
                    Model = "model",
                    Message = RawClient.Request() with { Draft = draft },
                    Tell = _ => { },
                    MoveTo = _ => { },
                };
                await client.RunAsync(request, CancellationToken.None);
                waits.Add((clock.Elapsed - began).TotalMilliseconds);
            }
        })));
        TestContext.Out.WriteLine(FormattableString.Invariant(
            $"{places} places, {callers} callers: {waits.Count / clock.Elapsed.TotalSeconds:F0} requests a second with pictures of 400 kB, {waits.Count / clock.Elapsed.TotalSeconds * 0.83:F0} MB/s."));
        Print("time of one", waits);
    }

    [Test]
    public async Task Service_times_of_the_model_that_comes_with_the_program()
    {
        using var worker = await FleetProcess.StartAsync(["worker", "--nats", Nats.Url, "--monitoring", "none", "--max-batch", "1"]);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await RawClient.ConnectAsync(new TcpTransport(TcpTransportOptions.FromAddress(gateway.Address)), vae: "another");
        var draft = DraftCodec.Encode(new Picture(128, 128, new byte[128 * 128 * 3]), DraftEncoding.Png, quality: 90);
        for (var number = 0; number < 42; number++)
        {
            var result = (Result)await client.AskAsync(RawClient.Request("a red house") with { Seed = number, Steps = 20, Draft = draft });
            TestContext.Out.WriteLine(FormattableString.Invariant($"{(number < 2 ? "warming up " : "")}{result.ComputeTime.TotalSeconds:F3}"));
        }
    }

    private static async Task<double> BesideComputingAsync(RawClient client, int number)
    {
        var clock = Stopwatch.StartNew();
        var result = (Result)await client.AskAsync(Request(number));
        return (clock.Elapsed - result.ComputeTime).TotalMilliseconds;
    }

    private static void Print(string what, IEnumerable<double> milliseconds)
    {
        double[] all = [.. milliseconds];
        TestContext.Out.WriteLine(FormattableString.Invariant(
            $"{what}: median {Quantile.Of(all, 0.5):F2} ms, p90 {Quantile.Of(all, 0.9):F2} ms, of {all.Length}"));
    }
}
