using DiffusionX.Imaging;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>Processes die in the middle of a request, and its client gets one result all the same.</summary>
public sealed class FleetFaultTests : FleetTest
{
    [Test]
    public async Task A_worker_that_dies_in_the_middle_is_replaced_by_another()
    {
        using var first = await FleetProcess.WorkerAsync(Nats, Model, [.. QuickAckWait, "--device-time", "0.3"]);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        var request = Request(1);
        await client.SendAsync(request);
        await UntilStepAsync(client, 1);

        first.Kill();
        using var second = await FleetProcess.WorkerAsync(Nats, Model, QuickAckWait);
        var outcome = await client.OutcomeAsync();

        Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
    }

    [Test]
    public async Task A_run_that_is_past_its_half_goes_on_where_its_worker_died()
    {
        using var first = await FleetProcess.WorkerAsync(Nats, Model, [.. QuickAckWait, "--device-time", "0.4"]);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        var request = Request(1, steps: 16);
        await client.SendAsync(request);
        var (died, steps) = (0, 0);
        while (died == 0)
        {
            if (await client.ReceiveAsync() is Progress progress)
            {
                (died, steps) = (progress.Step < progress.Steps - 1 ? 0 : progress.Step, progress.Steps);
            }
        }

        first.Kill();
        using var second = await FleetProcess.WorkerAsync(Nats, Model, QuickAckWait);
        var goneOnAt = await FirstStepAsync(client);
        var outcome = await client.OutcomeAsync();

        Assert.That(goneOnAt, Is.GreaterThan(steps / 2));
        Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
        Assert.That(((Result)outcome).StepsRun, Is.EqualTo((await ExpectedAsync(request)).StepsRun));
    }

    [Test]
    public async Task A_request_that_three_workers_die_of_ends_with_an_error()
    {
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        RawClient? client = null;
        for (var death = 0; death < 3; death++)
        {
            using var worker = await FleetProcess.WorkerAsync(Nats, Model, [.. QuickAckWait, "--device-time", "1"]);
            if (client is null)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
                client = await ConnectAsync(gateway);
                await client.SendAsync(Request(1, steps: 100));
            }

            await UntilStepAsync(client, 1);
        }

        using var fourth = await FleetProcess.WorkerAsync(Nats, Model, QuickAckWait);
        var outcome = await client!.OutcomeAsync() as Error;

        Assert.That((outcome?.Code, outcome?.Retryable), Is.EqualTo(((ErrorCode?)ErrorCode.Internal, (bool?)false)));
        Assert.That(outcome?.Text, Does.Contain("3 workers"));
        await client.DisposeAsync();
    }

    [Test]
    public async Task A_client_whose_gateway_died_gets_its_result_from_another_and_it_was_computed_once()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.3");
        using var first = await FleetProcess.GatewayAsync(Nats);
        using var second = await FleetProcess.GatewayAsync(Nats);
        var (session, request) = (Guid.NewGuid(), Request(1, steps: 8));
        await using var before = await ConnectAsync(first, session);
        await before.SendAsync(request);
        await UntilStepAsync(before, 1);

        first.Kill();
        await using var after = await ConnectAsync(second, session);
        await after.SendAsync(request);
        var steps = new List<int>();
        RequestMessage? last = null;
        while (last is not Result)
        {
            last = await after.ReceiveAsync() as RequestMessage;
            steps.AddRange(last is Progress progress ? [progress.Step] : []);
        }

        Assert.That(PictureOf(last), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
        Assert.That(steps, Is.Ordered.And.All.GreaterThan(1));
    }

    [Test]
    public async Task An_edge_whose_gateway_dies_while_it_refines_goes_to_the_next_one()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.3");
        using var first = await FleetProcess.GatewayAsync(Nats);
        using var second = await FleetProcess.GatewayAsync(Nats);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, new GatewaysTransport(first.Address, second.Address), SessionSettings.Quick);
        await session.PromptAsync("a red house");
        var undisturbed = await session.FinalizeAsync();
        var progress = new Recorder<RefinementProgress>(report =>
        {
            if (report is { Stage: RefinementStage.Refining, Attempt: 1 })
            {
                first.Kill();
            }
        });

        var refined = await session.FinalizeAsync(progress);

        Assert.That((refined.Report.Place, refined.Report.Attempts > 1), Is.EqualTo((RefinementPlace.Cloud, true)));
        Assert.That(refined.Picture, Is.SamePictureAs(undisturbed.Picture));
    }

    [Test]
    public async Task A_result_that_came_while_its_client_had_no_gateway_waits_for_it()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.2");
        using var first = await FleetProcess.GatewayAsync(Nats);
        using var second = await FleetProcess.GatewayAsync(Nats);
        var (session, request) = (Guid.NewGuid(), Request(1));
        await using var before = await ConnectAsync(first, session);
        await before.SendAsync(request);
        await UntilStepAsync(before, 1);

        first.Kill();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await using var after = await ConnectAsync(second, session);
        var outcome = await after.AskAsync(request);

        Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
    }

    [Test]
    public async Task Nobody_comes_to_anothers_result_by_the_requests_id_alone()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var owner = await ConnectAsync(gateway);
        await using var stranger = await ConnectAsync(gateway);
        var request = Request(1);
        var own = await owner.AskAsync(request);

        var others = await stranger.AskAsync(request with { Seed = 2, Prompt = "another" });

        Assert.That(((Result)others).Picture, Is.Not.EqualTo(((Result)own).Picture));
    }

    [Test]
    public async Task A_request_outlives_a_restart_of_NATS_while_it_waits_and_while_it_is_computed()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.5");
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        Refine[] requests = [Request(1), Request(2)];
        foreach (var request in requests)
        {
            await client.SendAsync(request);
        }

        await UntilStepAsync(client, 1);
        await Nats.RestartAsync(TimeSpan.FromMilliseconds(500));
        RequestMessage[] outcomes = [await client.OutcomeAsync(), await client.OutcomeAsync()];

        foreach (var request in requests)
        {
            var outcome = outcomes.Single(each => each.RequestId == request.RequestId);
            Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
        }
    }

    [Test]
    public async Task A_client_that_was_given_up_and_comes_back_after_all_gets_its_result()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.2");
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        var (session, request) = (Guid.NewGuid(), Request(1));
        await using (var before = await ConnectAsync(gateway, session))
        {
            await before.SendAsync(request);
            await UntilStepAsync(before, 1);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await using var after = await ConnectAsync(gateway, session);
        var outcome = await after.AskAsync(request);

        Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
    }

    private static async Task<int> FirstStepAsync(RawClient client)
    {
        while (true)
        {
            if (await client.ReceiveAsync() is Progress progress)
            {
                return progress.Step;
            }
        }
    }

    private static Picture PictureOf(RequestMessage outcome) => Picture.Decode(((Result)outcome).Picture);

    /// <summary>Gateways behind one name: whoever connects gets the first one that listens.</summary>
    private sealed class GatewaysTransport(params string[] addresses) : ITransport
    {
        public async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default)
        {
            foreach (var address in addresses[..^1])
            {
                try
                {
                    return await To(address).ConnectAsync(cancellationToken);
                }
                catch (ConnectionFailedException)
                {
                    // The next one may be there.
                }
            }

            return await To(addresses[^1]).ConnectAsync(cancellationToken);
        }

        public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        private static TcpTransport To(string address) => new(TcpTransportOptions.FromAddress(address));
    }
}
