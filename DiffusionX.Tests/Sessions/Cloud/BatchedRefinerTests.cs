using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Sessions.Cloud;

/// <summary>A refiner whose model draws several pictures at once.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class BatchedRefinerTests
{
    private readonly InMemoryTransport link = new();
    private DiffusionModel model = null!;
    private GatedStrength gate = null!;

    [OneTimeSetUp]
    public async Task Load() => model = await DiffusionModel.LoadAsync(SessionModels.Folder, new DiffusionModelOptions { MaxBatch = 3 });

    [OneTimeTearDown]
    public void Free() => model.Dispose();

    [SetUp]
    public void CloseTheGate() => gate = new GatedStrength();

    [Test]
    public async Task As_many_requests_run_at_once_as_the_model_draws_and_the_others_wait()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        foreach (var prompt in new[] { "one", "two", "three", "four" })
        {
            await client.SendAsync(RawClient.Request(prompt));
        }

        await gate.NextRunAsync();
        await gate.NextRunAsync();
        await gate.NextRunAsync();
        await Eventually.Holds(() => refiner.State.Queued == 1, "the fourth waits");
        Assert.That(gate.Prompts, Is.EquivalentTo(new[] { "one", "two", "three" }));

        gate.Open();
        var outcomes = new List<RequestMessage>();
        while (outcomes.Count < 4)
        {
            outcomes.Add(await client.OutcomeAsync());
        }

        Assert.That(outcomes, Has.All.TypeOf<Result>());
    }

    [Test]
    public async Task Where_one_has_taken_all_places_another_begins_at_once_and_only_its_first()
    {
        await using var refiner = await StartAsync();
        await using var greedy = await RawClient.ConnectAsync(link);
        await using var modest = await RawClient.ConnectAsync(link);
        foreach (var prompt in new[] { "greedy 1", "greedy 2", "greedy 3" })
        {
            await greedy.SendAsync(RawClient.Request(prompt));
            await gate.NextRunAsync();
        }

        await greedy.SendAsync(RawClient.Request("greedy 4"));
        await Eventually.Holds(() => refiner.State.Queued == 1, "the fourth waits");
        await modest.SendAsync(RawClient.Request("modest 1"));
        await gate.NextRunAsync();
        await modest.SendAsync(RawClient.Request("modest 2"));
        await Eventually.Holds(() => refiner.State.Queued == 2, "the second waits");

        Assert.That(gate.Prompts, Is.EqualTo(new[] { "greedy 1", "greedy 2", "greedy 3", "modest 1" }));
        gate.Open();
        await Eventually.Holds(() => refiner.State is { Queued: 0, Running: false }, "all requests end");
    }

    [Test]
    public async Task Requests_of_other_strengths_with_and_without_guidance_all_get_their_results()
    {
        gate.Open();
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        Refine[] requests = [.. Enumerable.Range(1, 4).Select(i => RawClient.Request($"picture {i}") with { Strength = i / 4.0, GuidanceScale = i % 2 == 0 ? 1 : 5, PreviewEvery = 1 })];

        foreach (var request in requests)
        {
            await client.SendAsync(request);
        }

        var ids = new HashSet<Guid>();
        while (ids.Count < requests.Length)
        {
            Assert.That(await client.OutcomeAsync() is Result result && ids.Add(result.RequestId), Is.True);
        }
    }

    [Test]
    public async Task A_cancelled_request_leaves_and_its_mates_go_on()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        Refine[] requests = [RawClient.Request("stays"), RawClient.Request("leaves")];
        await client.SendAsync(requests[0]);
        await client.SendAsync(requests[1]);
        await gate.NextRunAsync();
        await gate.NextRunAsync();

        await client.SendAsync(new Cancel { RequestId = requests[1].RequestId });
        var cancelled = await client.OutcomeAsync() as Error;
        gate.Open();

        Assert.That((cancelled?.RequestId, cancelled?.Code), Is.EqualTo(((Guid?)requests[1].RequestId, (ErrorCode?)ErrorCode.Cancelled)));
        Assert.That((await client.OutcomeAsync() as Result)?.RequestId, Is.EqualTo(requests[0].RequestId));
    }

    [Test]
    public async Task Draining_finishes_all_that_run()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        await client.SendAsync(RawClient.Request());
        await client.SendAsync(RawClient.Request());
        await gate.NextRunAsync();
        await gate.NextRunAsync();

        var draining = refiner.DrainAsync();
        gate.Open();
        RequestMessage[] outcomes = [await client.OutcomeAsync(), await client.OutcomeAsync()];
        await draining;

        Assert.That(outcomes, Has.All.TypeOf<Result>());
    }

    [Test]
    public async Task A_request_that_would_be_late_in_its_turn_goes_first()
    {
        var time = new FakeTimeProvider();
        await using var refiner = await StartAsync(SessionModels.Cloud, time);
        await using var first = await RawClient.ConnectAsync(link);
        await first.SendAsync(RawClient.Request("first"));
        await gate.NextRunAsync();
        var clients = new List<RawClient>();
        foreach (var (prompt, seconds) in new[] { ("patient 1", 600), ("patient 2", 600), ("in a hurry", 25) })
        {
            clients.Add(await RawClient.ConnectAsync(link));
            await clients[^1].SendAsync(RawClient.Request(prompt) with { Deadline = TimeSpan.FromSeconds(seconds) });
            await Eventually.Holds(() => refiner.State.Queued == clients.Count, $"{prompt} waits");
        }

        time.Advance(TimeSpan.FromSeconds(10));
        gate.Open();
        await Eventually.Holds(() => refiner.State is { Queued: 0, Running: false }, "all requests end");
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        Assert.That(gate.Prompts, Is.EqualTo(new[] { "first", "in a hurry", "patient 1", "patient 2" }));
    }

    private Task<CloudRefiner> StartAsync(DiffusionModel? cloud = null, TimeProvider? time = null) => CloudRefiner.StartAsync(
        cloud ?? model, link, new CloudRefinerOptions { Strength = gate, TimeProvider = time ?? TimeProvider.System });
}
