using System.Collections.Concurrent;
using System.Diagnostics;
using DiffusionX.Imaging;
using DiffusionX.Tests.Cli;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>
/// Workers and gateways are killed at moments by chance, NATS once, and each request has its one result. By default in short;
/// DIFFUSIONX_CHAOS=1000 asks for so many requests, of 40 edges to 2 gateways and 4 workers.
/// </summary>
public sealed class FleetChaosTests : FleetTest
{
    private const int Kinds = 20;

    private static readonly int Requests = int.TryParse(Environment.GetEnvironmentVariable("DIFFUSIONX_CHAOS"), out var asked) ? asked : 40;

    private static readonly bool IsLong = Requests > 40;

    private static readonly (int Workers, int Gateways, int Edges) Size = IsLong ? (4, 2, 40) : (2, 2, 8);

    private readonly Random random = new(20261127);
    private readonly ConcurrentBag<FleetProcess> everyWorker = [];
    private readonly int[] ports = [RunningServer.FreePort(), RunningServer.FreePort()];
    private int workersKilled;
    private int gatewaysKilled;

    [Test]
    public async Task Each_request_has_one_result_and_it_is_the_undisturbed_one()
    {
        var expected = await Task.WhenAll(Enumerable.Range(0, Kinds).Select(async kind => Picture.Decode((await ExpectedAsync(RequestOf(kind))).Picture)));
        var workers = await Task.WhenAll(Enumerable.Range(0, Size.Workers).Select(_ => StartWorkerAsync()));
        var gateways = await Task.WhenAll(ports.Select(port => FleetProcess.GatewayAtAsync(Nats, port, "--queue", "64")));
        try
        {
            var undisturbed = IsLong ? await PlayAsync(expected, chaos: Task.CompletedTask, new CancellationTokenSource()) : (TimeSpan.Zero, 0, 0);
            var begunBefore = IsLong ? Requests : 0;
            using var over = new CancellationTokenSource();
            var disturbed = await PlayAsync(expected, DisturbAsync(workers, gateways, over.Token), over);

            foreach (var worker in workers)
            {
                worker.Kill();
            }

            var logs = await Task.WhenAll(everyWorker.Select(worker => worker.Errors));
            var begun = logs.Sum(log => log.Split("is begun").Length - 1) - begunBefore;
            TestContext.Out.WriteLine(
                $"{Requests} requests of {Size.Edges} edges, {Size.Workers} workers and {Size.Gateways} gateways: {disturbed.Took.TotalSeconds:F1} s (undisturbed {undisturbed.Item1.TotalSeconds:F1} s) "
                + $"with {workersKilled} workers and {gatewaysKilled} gateways killed and NATS restarted; {disturbed.Retries} retries of edges, {begun - Requests} requests begun a second time, "
                + $"longest wait {disturbed.LongestMilliseconds} ms (undisturbed {undisturbed.Item3} ms).");
            Assert.That(workersKilled, Is.GreaterThan(0));
            Assert.That(begun - Requests, Is.LessThanOrEqualTo(workersKilled + Size.Workers), "Requests were computed again though nothing died.");
        }
        finally
        {
            foreach (var process in everyWorker.Concat(gateways))
            {
                process.Dispose();
            }
        }
    }

    private static Refine RequestOf(int kind) => Request(kind, steps: 8);

    private static async Task<int> AskAllAsync(ChaosEdge edge, int first, Picture[] expected, ConcurrentDictionary<int, bool> done, ConcurrentBag<long> waits)
    {
        await using (edge)
        {
            for (var number = first; number < Requests; number += Size.Edges)
            {
                var clock = Stopwatch.StartNew();
                var result = await edge.AskAsync(RequestOf(number % Kinds));
                waits.Add(clock.ElapsedMilliseconds);
                Assert.That(Picture.Decode(result.Picture), Is.SamePictureAs(expected[number % Kinds]).Within(1), $"Request {number} is not the undisturbed one.");
                Assert.That(done.TryAdd(number, true));
            }

            return edge.Retries;
        }
    }

    private async Task<(TimeSpan Took, int Retries, long LongestMilliseconds)> PlayAsync(Picture[] expected, Task chaos, CancellationTokenSource over)
    {
        var done = new ConcurrentDictionary<int, bool>();
        var waits = new ConcurrentBag<long>();
        var clock = Stopwatch.StartNew();
        var edges = Enumerable.Range(0, Size.Edges).Select(edge => Task.Run(() => AskAllAsync(new ChaosEdge(ports, edge), edge, expected, done, waits)));
        var playing = Task.WhenAll(edges);
        await ((Task)playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var took = clock.Elapsed;
        await over.CancelAsync();
        await chaos;
        var retries = await playing;
        Assert.That(done, Has.Count.EqualTo(Requests));
        return (took, retries.Sum(), waits.Max());
    }

    private async Task<FleetProcess> StartWorkerAsync()
    {
        var worker = await FleetProcess.WorkerAsync(Nats, Model, "--ack-wait", "2", "--device-time", "0.02");
        everyWorker.Add(worker);
        return worker;
    }

    // What dies comes back, as it does under an orchestrator.
    private async Task DisturbAsync(FleetProcess[] workers, FleetProcess[] gateways, CancellationToken over)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            switch (round)
            {
                case 2:
                    await Nats.RestartAsync(TimeSpan.FromMilliseconds(300));
                    break;
                case 1:
                case > 2 when random.Next(4) == 0:
                    var gateway = random.Next(gateways.Length);
                    gateways[gateway].Dispose();
                    gatewaysKilled++;
                    gateways[gateway] = await FleetProcess.GatewayAtAsync(Nats, ports[gateway], "--queue", "64");
                    break;
                default:
                    var worker = random.Next(workers.Length);
                    workers[worker].Kill();
                    workersKilled++;
                    workers[worker] = await StartWorkerAsync();
                    break;
            }

            await Task.Delay(random.Next(500, 2500), CancellationToken.None);
        }
    }
}
