using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework.Constraints;
using TorchSharp;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class CloudRefinerTests
{
    private readonly InMemoryTransport link = new();
    private GatedStrength gate = null!;

    [SetUp]
    public void CloseTheGate() => gate = new GatedStrength();

    [Test]
    public async Task Sessions_take_turns_however_much_each_asks_for()
    {
        await using var refiner = await StartAsync();
        await using var first = await RawClient.ConnectAsync(link);
        await using var greedy = await RawClient.ConnectAsync(link);
        await using var modest = await RawClient.ConnectAsync(link);
        await first.SendAsync(RawClient.Request("first"));
        await gate.NextRunAsync();
        await SendInTurnAsync(refiner, greedy, "greedy 1", "greedy 2", "greedy 3");
        await SendInTurnAsync(refiner, modest, "modest 1");

        gate.Open();
        await Eventually.Holds(() => refiner.State is { Queued: 0, Running: false }, "all requests end");

        Assert.That(gate.Prompts, Is.EqualTo(new[] { "first", "greedy 1", "modest 1", "greedy 2", "greedy 3" }));
    }

    [Test]
    public async Task A_client_hears_its_place_in_the_queue_and_each_better_one()
    {
        await using var refiner = await StartAsync();
        await using var first = await RawClient.ConnectAsync(link);
        await using var second = await RawClient.ConnectAsync(link);
        await first.SendAsync(RawClient.Request());
        await gate.NextRunAsync();
        await second.SendAsync(RawClient.Request());

        var waiting = (Accepted?)await second.ReceiveAsync();
        gate.Open();
        var computed = (Accepted?)await second.ReceiveAsync();

        Assert.That((waiting?.QueuePlace, computed?.QueuePlace), Is.EqualTo(((int?)1, (int?)0)));
        await second.OutcomeAsync();
    }

    [Test]
    public async Task A_full_queue_refuses_at_once_and_says_when_to_try_again()
    {
        await using var refiner = await StartAsync(options => options with { QueueCapacity = 1 });
        await using var client = await RawClient.ConnectAsync(link);
        await client.SendAsync(RawClient.Request());
        await gate.NextRunAsync();
        await client.SendAsync(RawClient.Request());

        await using var another = await RawClient.ConnectAsync(link);
        var refusal = await another.AskAsync(RawClient.Request()) as Error;

        Assert.That((refusal?.Code, refusal?.Retryable, refusal?.RetryAfter > TimeSpan.Zero), Is.EqualTo(((ErrorCode?)ErrorCode.OverCapacity, (bool?)true, true)));
    }

    [Test]
    public async Task Who_was_refused_finds_its_place_again_before_those_who_came_later()
    {
        await using var refiner = await StartAsync(options => options with { QueueCapacity = 1 });
        await using var first = await RawClient.ConnectAsync(link);
        await using var refused = await RawClient.ConnectAsync(link);
        await using var late = await RawClient.ConnectAsync(link);
        Refine[] requests = [RawClient.Request(), RawClient.Request("waits")];
        await first.SendAsync(requests[0]);
        await gate.NextRunAsync();
        await first.SendAsync(requests[1]);
        await Eventually.Holds(() => refiner.State.Queued == 1, "the queue is full");
        Assert.That(await refused.AskAsync(RawClient.Request("was refused")), Is.TypeOf<Error>());
        await first.SendAsync(new Cancel { RequestId = requests[1].RequestId });
        await Eventually.Holds(() => refiner.State.Queued == 0, "a place is free");

        var turnedAway = await late.AskAsync(RawClient.Request("came later")) as Error;
        await refused.SendAsync(RawClient.Request("was refused"));
        gate.Open();

        Assert.That((turnedAway?.Code, turnedAway?.Retryable), Is.EqualTo(((ErrorCode?)ErrorCode.OverCapacity, (bool?)true)));
        Assert.That(await refused.OutcomeAsync(), Is.TypeOf<Result>());
    }

    [Test]
    public async Task Neither_a_sessions_id_nor_a_requests_nor_a_prompt_is_in_the_log()
    {
        var session = Guid.NewGuid();
        var request = RawClient.Request("a secret wish");
        var log = new LogLines();
        gate.Open();
        await using (var refiner = await StartAsync(options => options with { Logs = log }))
        {
            await using var client = await RawClient.ConnectAsync(link, session);
            await client.AskAsync(request);
            await client.AskAsync(request);
            await client.AskAsync(request with { RequestId = Guid.NewGuid(), Steps = 5000 });
        }

        Assert.That(log.All, Has.Some.Contains(SecretId.NameOf(request.RequestId)), "a name stands in its place");
        string[] secrets = [.. new[] { session, request.RequestId }.SelectMany(id => new[] { id.ToString(), id.ToString("N"), Convert.ToHexString(id.ToByteArray(bigEndian: true)) }), "wish"];
        Assert.That(log.All.Where(line => secrets.Any(secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase))), Is.Empty);
    }

    [Test]
    public async Task Another_session_that_knows_a_requests_id_gets_nothing_of_it()
    {
        gate.Open();
        await using var refiner = await StartAsync();
        await using var owner = await RawClient.ConnectAsync(link);
        await using var thief = await RawClient.ConnectAsync(link);
        var request = RawClient.Request("of the owner");
        await owner.AskAsync(request);

        await thief.SendAsync(new Cancel { RequestId = request.RequestId });
        await thief.AskAsync(request with { Prompt = "of the thief" });

        Assert.That(gate.Prompts, Is.EqualTo(new[] { "of the owner", "of the thief" }), "it is a request of its own");
    }

    [Test]
    public async Task A_client_that_does_nothing_loses_its_place_to_one_that_comes_and_a_busy_one_keeps_it()
    {
        var time = new FakeTimeProvider();
        await using var refiner = await StartAsync(options => options with { MaxConnections = 2, TimeProvider = time });
        await using var idle = await RawClient.ConnectAsync(link);
        await using var busy = await RawClient.ConnectAsync(link);
        await busy.SendAsync(RawClient.Request());
        await gate.NextRunAsync();
        Assert.That(() => RawClient.ConnectAsync(link), Throws.TypeOf<HandshakeException>(), "nobody has been idle for long");

        time.Advance(TimeSpan.FromSeconds(3));
        await using var third = await RawClient.ConnectAsync(link);
        gate.Open();

        Assert.That(await idle.ReceiveAsync(), Is.Null, "it was closed in order");
        Assert.That(await busy.OutcomeAsync(), Is.TypeOf<Result>());
        Assert.That(await third.AskAsync(RawClient.Request()), Is.TypeOf<Result>());
    }

    [Test]
    public async Task Who_is_told_to_come_again_is_told_five_seconds_at_most()
    {
        var time = new FakeTimeProvider();
        await using var refiner = await StartAsync(options => options with { QueueCapacity = 1, TimeProvider = time });
        await using var client = await RawClient.ConnectAsync(link);
        await ComputeOneAsync(client, time, TimeSpan.FromSeconds(20));
        await client.SendAsync(RawClient.Request());
        await gate.NextRunAsync();
        await client.SendAsync(RawClient.Request());
        await using var another = await RawClient.ConnectAsync(link);

        var refusal = await another.AskAsync(RawClient.Request()) as Error;

        Assert.That((refusal?.Code, refusal?.RetryAfter), Is.EqualTo(((ErrorCode?)ErrorCode.OverCapacity, (TimeSpan?)TimeSpan.FromSeconds(5))));
    }

    [Test]
    public async Task A_request_takes_as_much_of_the_queue_as_it_costs_and_makes_way_for_small_ones_of_others()
    {
        var time = new FakeTimeProvider();
        await using var refiner = await StartAsync(options => options with { QueueCapacity = 4, TimeProvider = time });
        await using var client = await RawClient.ConnectAsync(link);
        await using var another = await RawClient.ConnectAsync(link);
        await ComputeOneAsync(client, time, TimeSpan.FromSeconds(1));
        await client.SendAsync(RawClient.Request("runs"));
        await gate.NextRunAsync();
        Refine[] large = [.. Enumerable.Range(0, 2).Select(_ => RawClient.Request("a hundred times as large") with { Draft = Draft(side: 80) })];
        await client.SendAsync(large[0]);
        await client.SendAsync(large[1]);
        await Eventually.Holds(() => refiner.State.Queued == 2, "both wait");

        var further = await client.AskAsync(RawClient.Request("of the same client")) as Error;
        await another.SendAsync(RawClient.Request("of another"));
        var displaced = await client.OutcomeAsync() as Error;
        gate.Open();

        Assert.That(further?.Code, Is.EqualTo(ErrorCode.OverCapacity), "the queue is full");
        Assert.That((displaced?.RequestId, displaced?.Code, displaced?.Retryable), Is.EqualTo(((Guid?)large[1].RequestId, (ErrorCode?)ErrorCode.OverCapacity, (bool?)true)));
        Assert.That(await another.OutcomeAsync(), Is.TypeOf<Result>());
    }

    [Test]
    public async Task A_session_has_only_so_many_requests_at_once()
    {
        await using var refiner = await StartAsync(options => options with { MaxRequestsPerSession = 2 });
        await using var client = await RawClient.ConnectAsync(link);
        await client.SendAsync(RawClient.Request());
        await client.SendAsync(RawClient.Request());

        var refusal = await client.AskAsync(RawClient.Request()) as Error;

        Assert.That(refusal?.Code, Is.EqualTo(ErrorCode.OverCapacity));
    }

    [Test]
    public async Task A_request_for_too_much_is_refused_and_nothing_is_computed_for_it()
    {
        await using var refiner = await StartAsync(options => options with { MaxSteps = 10 });
        await using var client = await RawClient.ConnectAsync(link);

        var refusal = await client.AskAsync(RawClient.Request() with { Steps = 11 }) as Error;

        Assert.That((refusal?.Code, refusal?.Retryable), Is.EqualTo(((ErrorCode?)ErrorCode.InvalidRequest, (bool?)false)));
        Assert.That(gate.Prompts, Is.Empty);
    }

    [Test]
    public async Task A_request_that_is_cancelled_ends_with_one_error_whether_it_runs_or_waits()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        Refine[] requests = [RawClient.Request(), RawClient.Request()];
        await client.SendAsync(requests[0]);
        await gate.NextRunAsync();
        await client.SendAsync(requests[1]);

        await client.SendAsync(new Cancel { RequestId = requests[1].RequestId });
        var waiting = await client.OutcomeAsync() as Error;
        await client.SendAsync(new Cancel { RequestId = requests[0].RequestId });
        var running = await client.OutcomeAsync() as Error;

        Assert.That((waiting?.RequestId, waiting?.Code), Is.EqualTo(((Guid?)requests[1].RequestId, (ErrorCode?)ErrorCode.Cancelled)));
        Assert.That((running?.RequestId, running?.Code), Is.EqualTo(((Guid?)requests[0].RequestId, (ErrorCode?)ErrorCode.Cancelled)));
    }

    [Test]
    public async Task A_request_that_is_not_done_by_its_deadline_is_stopped()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);

        var error = await client.AskAsync(RawClient.Request() with { Deadline = TimeSpan.FromSeconds(0.05) }) as Error;

        Assert.That(error?.Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
        await Eventually.Holds(() => !refiner.State.Running, "the cloud stops");
    }

    [Test]
    public async Task A_client_that_comes_back_finds_its_request_which_is_computed_once()
    {
        await using var refiner = await StartAsync();
        var session = Guid.NewGuid();
        var request = RawClient.Request();
        var lost = await RawClient.ConnectAsync(link, session);
        await lost.SendAsync(request);
        await gate.NextRunAsync();
        lost.Channel.Connection.Abort();
        await Eventually.Holds(() => refiner.State.Connections == 0, "the cloud notices");

        await using var back = await RawClient.ConnectAsync(link, session);
        await back.SendAsync(request);
        gate.Open();

        Assert.That(await back.OutcomeAsync(), Is.TypeOf<Result>());
        Assert.That(gate.Prompts, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_client_that_does_not_come_back_in_time_has_its_request_stopped()
    {
        await using var refiner = await StartAsync(options => options with { ResumeGrace = TimeSpan.FromMilliseconds(50) });
        var lost = await RawClient.ConnectAsync(link);
        await lost.SendAsync(RawClient.Request());
        await gate.NextRunAsync();

        lost.Channel.Connection.Abort();

        await Eventually.Holds(() => refiner.State is { Running: false, Connections: 0 }, "the cloud stops");
    }

    [Test]
    public async Task A_client_that_closes_its_connection_is_not_waited_for()
    {
        await using var refiner = await StartAsync(options => options with { ResumeGrace = TimeSpan.FromHours(1) });
        await using (var client = await RawClient.ConnectAsync(link))
        {
            await client.SendAsync(RawClient.Request());
            await gate.NextRunAsync();
        }

        await Eventually.Holds(() => refiner.State is { Running: false, Connections: 0 }, "the cloud stops");
    }

    [Test]
    public async Task A_result_is_kept_for_its_session_and_for_nobody_else()
    {
        gate.Open();
        await using var refiner = await StartAsync();
        var session = Guid.NewGuid();
        var request = RawClient.Request();
        await using (var first = await RawClient.ConnectAsync(link, session))
        {
            await first.AskAsync(request);
        }

        await using var again = await RawClient.ConnectAsync(link, session);
        await again.AskAsync(request);
        Assert.That(gate.Prompts, Has.Count.EqualTo(1));
        await using var stranger = await RawClient.ConnectAsync(link);
        await stranger.AskAsync(request);
        Assert.That(gate.Prompts, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Running_out_of_memory_fails_that_request_alone()
    {
        await using var refiner = await StartAsync(options => options with { Strength = new GreedyStrength() });
        await using var client = await RawClient.ConnectAsync(link);

        var error = await client.AskAsync(RawClient.Request()) as Error;
        var next = await client.AskAsync(RawClient.Request() with { Strength = 0.5 });

        Assert.That(error?.Code, Is.EqualTo(ErrorCode.OutOfMemory));
        Assert.That(next, Is.TypeOf<Result>());
    }

    [Test]
    public async Task A_failure_of_the_cloud_fails_that_request_alone_and_tells_nothing_of_its_insides()
    {
        await using var refiner = await StartAsync(options => options with { Strength = new BrokenStrength() });
        await using var client = await RawClient.ConnectAsync(link);

        var error = await client.AskAsync(RawClient.Request()) as Error;
        var next = await client.AskAsync(RawClient.Request() with { Strength = 0.5 });

        Assert.That(error?.Code, Is.EqualTo(ErrorCode.Internal));
        Assert.That(error?.Text, Does.Not.Contain("secret"));
        Assert.That(next, Is.TypeOf<Result>());
    }

    [Test]
    public async Task A_wrong_token_is_turned_away_and_the_right_one_let_in()
    {
        await using var refiner = await StartAsync(options => options with { Token = "open sesame" });

        await Assert.ThatAsync(() => RawClient.ConnectAsync(link, token: "open barley"), Throws.TypeOf<HandshakeException>());
        await Assert.ThatAsync(() => RawClient.ConnectAsync(link), Throws.TypeOf<HandshakeException>());
        await using var client = await RawClient.ConnectAsync(link, token: "open sesame");
    }

    [Test]
    public async Task One_connection_too_many_is_told_to_try_again_later_and_finds_its_place_before_those_who_came_later()
    {
        var refused = Guid.NewGuid();
        await using var refiner = await StartAsync(options => options with { MaxConnections = 1 });
        await using (var first = await RawClient.ConnectAsync(link))
        {
            await Assert.ThatAsync(() => RawClient.ConnectAsync(link, refused), IsToldToTryLater);
        }

        await Eventually.Holds(() => refiner.State.Connections == 0, "the first is gone");
        await Assert.ThatAsync(() => RawClient.ConnectAsync(link), IsToldToTryLater);
        await using var next = await RawClient.ConnectAsync(link, refused);
    }

    [Test]
    public async Task Draining_answers_what_was_taken_on_refuses_what_comes_and_closes()
    {
        await using var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        await client.SendAsync(RawClient.Request());
        await client.SendAsync(RawClient.Request());
        await Eventually.Holds(() => refiner.State is { Running: true, Queued: 1 }, "one request runs and one waits");

        var draining = refiner.DrainAsync();
        var refused = await client.AskAsync(RawClient.Request()) as Error;
        gate.Open();
        RequestMessage[] outcomes = [await client.OutcomeAsync(), await client.OutcomeAsync()];
        await draining;

        Assert.That((refused?.Code, refused?.Retryable), Is.EqualTo(((ErrorCode?)ErrorCode.ShuttingDown, (bool?)true)));
        Assert.That(outcomes, Has.All.TypeOf<Result>());
        Assert.That(await client.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_drain_gives_back_at_once_what_would_not_be_done_in_its_time()
    {
        var time = new FakeTimeProvider();
        await using var refiner = await StartAsync(options => options with { TimeProvider = time });
        await using var client = await RawClient.ConnectAsync(link);
        await ComputeOneAsync(client, time, TimeSpan.FromSeconds(10));
        var (small, large) = (RawClient.Request("as small"), RawClient.Request("a hundred times as large") with { Draft = Draft(side: 80) });
        await client.SendAsync(RawClient.Request("runs"));
        await gate.NextRunAsync();
        await client.SendAsync(large);
        await client.SendAsync(small);
        await Eventually.Holds(() => refiner.State.Queued == 2, "two wait");

        var draining = refiner.DrainAsync(TimeSpan.FromSeconds(30));
        var refused = await client.OutcomeAsync() as Error;
        gate.Open();
        RequestMessage[] outcomes = [await client.OutcomeAsync(), await client.OutcomeAsync()];
        await draining;

        Assert.That((refused?.RequestId, refused?.Code, refused?.Retryable), Is.EqualTo(((Guid?)large.RequestId, (ErrorCode?)ErrorCode.ShuttingDown, (bool?)true)));
        Assert.That(outcomes, Has.All.TypeOf<Result>());
    }

    [Test]
    public async Task Shutting_down_at_once_tells_every_client_to_try_elsewhere()
    {
        var refiner = await StartAsync();
        await using var client = await RawClient.ConnectAsync(link);
        await client.SendAsync(RawClient.Request());
        await client.SendAsync(RawClient.Request());
        await Eventually.Holds(() => refiner.State is { Running: true, Queued: 1 }, "one request runs and one waits");

        var disposing = refiner.DisposeAsync();
        Error?[] errors = [await client.OutcomeAsync() as Error, await client.OutcomeAsync() as Error];
        await disposing;

        Assert.That(errors.Select(error => (error?.Code, error?.Retryable)), Has.All.EqualTo(((ErrorCode?)ErrorCode.ShuttingDown, (bool?)true)));
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.That(() => StartAsync(options => options with { QueueCapacity = 0 }), Throws.TypeOf<SessionException>().With.Message.Contains("QueueCapacity"));
        Assert.That(
            () => StartAsync(options => options with { ResumeGrace = TimeSpan.FromSeconds(-1) }), Throws.TypeOf<SessionException>().With.Message.Contains("ResumeGrace"));
    }

    private static IResolveConstraint IsToldToTryLater =>
        Throws.TypeOf<HandshakeException>().With.Property(nameof(HandshakeException.Refusal)).With.Property(nameof(Refusal.Retryable)).True;

    private async Task<CloudRefiner> StartAsync(Func<CloudRefinerOptions, CloudRefinerOptions>? change = null)
    {
        var options = new CloudRefinerOptions { Strength = gate };
        return await CloudRefiner.StartAsync(SessionModels.Cloud, link, change?.Invoke(options) ?? options);
    }

    private async Task ComputeOneAsync(RawClient client, FakeTimeProvider time, TimeSpan compute)
    {
        await client.SendAsync(RawClient.Request($"took {compute}"));
        await gate.NextRunAsync();
        time.Advance(compute);
        gate.Open();
        await client.OutcomeAsync();
        gate.Close();
    }

    private static DraftPayload Draft(int side) =>
        DraftCodec.Encode(new Latent(new float[4 * side * side], 4, side, side), DraftEncoding.Float16Latent);

    private static async Task SendInTurnAsync(CloudRefiner refiner, RawClient client, params string[] prompts)
    {
        foreach (var prompt in prompts)
        {
            var before = refiner.State.Queued;
            await client.SendAsync(RawClient.Request(prompt));
            await Eventually.Holds(() => refiner.State.Queued == before + 1, "the request waits");
        }
    }

    /// <summary>Asks for more memory than there is, from libtorch itself.</summary>
    private sealed class GreedyStrength : IStrengthPredictor
    {
        public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
        {
            using var compute = new ComputeThread("greedy");
            return await compute.RunAsync(() => (double)torch.empty(1L << 60, torch.ScalarType.Byte).numel(), cancellationToken);
        }
    }

    private sealed class BrokenStrength : IStrengthPredictor
    {
        public ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("a secret of the cloud");
    }
}
