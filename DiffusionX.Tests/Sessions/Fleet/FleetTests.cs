using DiffusionX.Imaging;
using DiffusionX.Tests.Cli;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions.Fleet;

/// <summary>Gateways and workers in processes of their own, with a real NATS between them.</summary>
public sealed class FleetTests : FleetTest
{
    [Test]
    public async Task A_result_that_came_through_gateway_and_worker_is_the_one_of_a_refiner()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        var request = Request(1);

        var outcome = await client.AskAsync(request);

        Assert.That(outcome, Is.InstanceOf<Result>());
        Assert.That(PictureOf(outcome), Is.SamePictureAs(PictureOf(await ExpectedAsync(request))).Within(1));
    }

    [Test]
    public async Task A_gateway_loads_no_libtorch()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model);
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        await client.AskAsync(Request(1));

        var mapped = await File.ReadAllTextAsync($"/proc/{gateway.Id}/maps");

        Assert.That(mapped, Does.Not.Contain("libtorch").And.Contains("DiffusionX.Transport.Nats"));
    }

    [Test]
    public async Task A_client_hears_its_place_and_each_step()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.1");
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        var (first, second) = (Request(1), Request(2));
        await client.SendAsync(first);
        await UntilStepAsync(client, 1);
        await client.SendAsync(second);

        var heard = new List<string>();
        while (await client.ReceiveAsync() is RequestMessage message && (message.RequestId != second.RequestId || message is not Result))
        {
            heard.AddRange(message.RequestId != second.RequestId ? [] : message switch
            {
                Accepted accepted => [$"place {accepted.QueuePlace}"],
                Progress progress => [$"step {progress.Step}"],
                _ => [message.GetType().Name],
            });
        }

        Assert.That(heard, Is.EqualTo(new[] { "place 1", "place 0", "step 1", "step 2" }));
    }

    [Test]
    public async Task Health_and_figures_are_at_the_monitoring_address()
    {
        var (port, workersPort) = (RunningServer.FreePort(), RunningServer.FreePort());
        using var worker = await FleetProcess.StartAsync(["worker", "--nats", Nats.Url, "--model", Model, "--max-batch", "1", "--monitoring", $"127.0.0.1:{workersPort}"]);
        using var gateway = await FleetProcess.StartAsync(["gateway", "--nats", Nats.Url, "--listen", "tcp://127.0.0.1:0", "--monitoring", $"127.0.0.1:{port}"]);
        await using var client = await ConnectAsync(gateway);
        await client.AskAsync(Request(1));
        using var http = new HttpClient();

        var health = await http.GetStringAsync($"http://127.0.0.1:{port}/health/ready");
        var gatewayFigures = await http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
        var workerFigures = await http.GetStringAsync($"http://127.0.0.1:{workersPort}/metrics");

        Assert.That(health, Does.Contain("\"connections\":1").And.Contains("\"workers\":1").And.Contains("Healthy"));
        Assert.That(gatewayFigures, Does.Contain("diffusionx_fleet_places").And.Contains("diffusionx_fleet_workers").And.Contains("diffusionx_cloud_connections"));
        Assert.That(workerFigures, Does.Contain("diffusionx_fleet_queue_wait_seconds").And.Contains("diffusionx_fleet_worker_places"));
    }

    [Test]
    public async Task Without_a_worker_a_client_is_told_to_come_again()
    {
        using var gateway = await FleetProcess.GatewayAsync(Nats);

        var refusal = await Assert.ThrowsAsync<HandshakeException>(() => ConnectAsync(gateway));

        Assert.That((refusal!.Refusal?.Code, refusal.Refusal?.Retryable), Is.EqualTo(((ErrorCode?)ErrorCode.OverCapacity, (bool?)true)));
    }

    [Test]
    public async Task A_full_queue_refuses_and_says_when_to_try_again()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "1");
        using var gateway = await FleetProcess.GatewayAsync(Nats, "--queue", "1");
        await using var client = await ConnectAsync(gateway);
        await using var another = await ConnectAsync(gateway);
        for (var number = 0; number < 4; number++)
        {
            await client.SendAsync(Request(number));
        }

        await another.SendAsync(Request(4));
        await Task.Delay(200);
        var refusal = await another.AskAsync(Request(5)) as Error;

        Assert.That((refusal?.Code, refusal?.Retryable, refusal?.RetryAfter > TimeSpan.Zero), Is.EqualTo(((ErrorCode?)ErrorCode.OverCapacity, (bool?)true, true)));
    }

    [Test]
    public async Task A_cancelled_request_stops_within_a_step()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.5");
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        var request = Request(1, steps: 100);
        await client.SendAsync(request);
        await UntilStepAsync(client, 1);

        await client.SendAsync(new Cancel { RequestId = request.RequestId });
        var outcome = await client.OutcomeAsync() as Error;
        var next = await client.AskAsync(Request(2));

        Assert.That(outcome?.Code, Is.EqualTo(ErrorCode.Cancelled));
        Assert.That(next, Is.InstanceOf<Result>());
    }

    [Test]
    public async Task A_worker_that_is_told_to_stop_finishes_what_it_has_begun()
    {
        using var worker = await FleetProcess.WorkerAsync(Nats, Model, "--device-time", "0.3");
        using var gateway = await FleetProcess.GatewayAsync(Nats);
        await using var client = await ConnectAsync(gateway);
        await client.SendAsync(Request(1));
        await UntilStepAsync(client, 1);

        var stopping = worker.StopAsync();
        var outcome = await client.OutcomeAsync();
        var stopped = await stopping;

        Assert.That(outcome, Is.InstanceOf<Result>());
        Assert.That((stopped.ExitCode, stopped.Output), Is.EqualTo((0, "Stopping: nothing new is taken, and what was is finished.\nStopped.\n")));
    }

    [Test]
    public async Task A_NATS_that_takes_too_little_is_named_with_the_setting_to_change()
    {
        using var small = await NatsServer.StartAsync("jetstream { store_dir: \"FILES\" }");

        var result = await DiffusionXProgram.RunAsync("gateway", "--nats", small.Url, "--monitoring", "none");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("takes messages of at most 1,048,576 bytes").And.Contains("Put max_payload: 4MB into its configuration"));
    }

    [Test]
    public async Task A_NATS_without_JetStream_is_named_with_what_to_change()
    {
        using var plain = await NatsServer.StartAsync("max_payload: 8MB");

        var result = await DiffusionXProgram.RunAsync("worker", "--nats", plain.Url, "--model", Model, "--monitoring", "none");

        Assert.That((result.ExitCode, result.Error), Is.EqualTo((1, result.Error)));
        Assert.That(result.Error, Does.Contain("runs without JetStream"));
    }

    [Test]
    public async Task No_NATS_at_all_is_said_in_a_line()
    {
        var result = await DiffusionXProgram.RunAsync("gateway", "--nats", $"nats://me:secret@127.0.0.1:{RunningServer.FreePort()}", "--monitoring", "none");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.ErrorLines.Single(), Does.Contain("can't be reached").And.Not.Contains("secret"));
    }

    private static Picture PictureOf(RequestMessage outcome) => Picture.Decode(((Result)outcome).Picture);
}
