using DiffusionX.Imaging;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>What goes wrong with real sockets. Each request ends in one result or one clear error, and nothing stays behind.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class FaultTests
{
    private GatedStrength strength = null!;
    private int socketsBefore;

    [SetUp]
    public void CountSockets()
    {
        strength = new GatedStrength(isOpen: true);
        socketsBefore = OpenSockets.Count();
    }

    [TearDown]
    public Task NoSocketIsLeft() => Eventually.Holds(() => OpenSockets.Count() <= socketsBefore, "all sockets are closed");

    [Test]
    public async Task A_connection_that_is_cut_anywhere_is_resumed_and_the_result_is_computed_once()
    {
        await using var refiner = await StartOverTlsAsync();
        var (expected, bytes) = await RefineAsync(TlsLink(refiner));
        var random = new Random(1);

        for (var cut = 0; cut < 20; cut++)
        {
            var runsBefore = strength.Prompts.Count;
            var lostAt = random.NextInt64(1, bytes + 1);
            var link = new ThrottledTransport(TlsLink(refiner), LinkProfile.Unlimited with { LoseAtByte = lostAt });

            var (picture, _) = await RefineAsync(link);

            Assert.That(picture, Is.SamePictureAs(expected), $"cut at byte {lostAt}");
            Assert.That(strength.Prompts.Count - runsBefore, Is.EqualTo(1), $"cut at byte {lostAt}");
        }

        await Eventually.Holds(() => refiner.State is { Connections: 0, Queued: 0, Running: false }, "the cloud is idle");
    }

    [Test]
    public async Task A_result_of_a_megabyte_that_was_cut_off_arrives_over_the_next_connection()
    {
        await using var refiner = await StartOverTlsAsync();
        var large = SessionSettings.With(refinement => refinement with { Steps = 1 }) with { Steps = 1, Width = 640, Height = 640 };
        var (expected, bytes) = await RefineAsync(TlsLink(refiner), large);
        Assert.That(bytes, Is.GreaterThan(1_000_000), "the test is about large results");
        var runsBefore = strength.Prompts.Count;

        var link = new ThrottledTransport(
            TlsLink(refiner), LinkProfile.Unlimited with { Latency = TimeSpan.FromMilliseconds(5), LoseAtByte = bytes - 200_000 });
        var (picture, _) = await RefineAsync(link, large);

        Assert.That(picture, Is.SamePictureAs(expected));
        Assert.That(strength.Prompts.Count - runsBefore, Is.EqualTo(1), "it was kept, and not computed again");
    }

    [Test]
    public async Task A_client_that_does_not_read_is_given_up_and_holds_up_nobody()
    {
        await using var refiner = await StartAsync();
        await using var deaf = await RawClient.ConnectAsync(Link(refiner));
        var request = RawClient.Request();
        await deaf.AskAsync(request);

        var asking = AskWithoutReadingAsync(deaf, request);
        var (picture, _) = await RefineAsync(Link(refiner));

        Assert.That(picture, Is.Not.Null);
        Assert.That(await asking, Is.True, "the cloud gave the client up");
    }

    [Test]
    public async Task A_link_that_falls_silent_in_the_middle_is_noticed_and_the_request_resumed_over_another()
    {
        strength = new GatedStrength();
        await using var refiner = await StartAsync(options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        await using var relay = new Relay(PortOf(refiner));
        await using var session = await OpenAsync(
            new TcpTransport(new TcpTransportOptions { Port = relay.Port }),
            SessionSettings.With(refinement => refinement with { IdleTimeout = TimeSpan.FromSeconds(1) }));
        var progress = new Recorder<RefinementProgress>();
        var refining = session.FinalizeAsync(progress);
        await Eventually.Holds(() => refiner.State.Running, "the cloud refines");

        relay.Freeze();
        await Eventually.Holds(
            () => progress.All.Any(report => report is { Stage: RefinementStage.Queued, Attempt: 2 }), "the client is back");
        await Eventually.Holds(() => refiner.State.Connections == 1, "the cloud notices that the old connection is dead");
        strength.Open();

        var report = (await refining).Report;
        Assert.That((report.Place, report.Attempts), Is.EqualTo((RefinementPlace.Cloud, 2)));
        Assert.That(strength.Prompts, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_peer_that_accepts_and_never_answers_is_given_up()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var link = new TcpTransport(new TcpTransportOptions { Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port });
        await using var session = await OpenAsync(
            link, SessionSettings.With(
                refinement => refinement with { IdleTimeout = TimeSpan.FromMilliseconds(300), FallBackToEdge = true }));

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Edge));
    }

    [Test]
    public async Task Of_200_clients_at_once_each_gets_one_result_or_is_told_to_come_back()
    {
        await using var refiner = await StartAsync();
        var link = Link(refiner);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => ConnectAndAskAsync(link))));

        Assert.Multiple(() =>
        {
            Assert.That(outcomes.OfType<Result>().Count(), Is.GreaterThanOrEqualTo(new CloudRefinerOptions().QueueCapacity));
            Assert.That(
                outcomes.OfType<Error>().Select(error => (error.Code, error.Retryable)), Has.All.EqualTo((ErrorCode.OverCapacity, true)));
            Assert.That(outcomes, Has.Length.EqualTo(200));
        });
        await Eventually.Holds(() => refiner.State is { Connections: 0, Queued: 0, Running: false }, "the cloud is idle");
    }

    [Test]
    public async Task Of_12_greedy_clients_of_one_address_none_keeps_another_address_waiting()
    {
        strength = new GatedStrength();
        await using var refiner = await StartAsync();
        await using var elsewhere = new Relay(PortOf(refiner), System.Net.IPAddress.Parse("127.0.0.2"));
        var greedy = new List<RawClient>();
        for (var i = 0; i < 12; i++)
        {
            greedy.Add(await RawClient.ConnectAsync(new TcpTransport(new TcpTransportOptions { Port = elsewhere.Port })));
            for (var request = 0; request < 4; request++)
            {
                await greedy[i].SendAsync(RawClient.Request($"greedy {i}.{request}"));
            }
        }

        await Eventually.Holds(() => refiner.State.Queued == new CloudRefinerOptions().QueueCapacity, "the queue is full");
        await using var good = await RawClient.ConnectAsync(Link(refiner));
        await good.SendAsync(RawClient.Request("good"));
        Assert.That(
            await good.ReceiveAsync(),
            Is.TypeOf<Accepted>().With.Property(nameof(Accepted.QueuePlace)).EqualTo(1),
            "though the queue was full");
        strength.Open();

        Assert.That(await good.OutcomeAsync(), Is.TypeOf<Result>());
        Assert.That(strength.Prompts.TakeWhile(prompt => prompt != "good").Count(), Is.EqualTo(1), "the one that was running");
        greedy.ForEach(client => client.Channel.Connection.Abort());
    }

    [Test]
    public async Task A_client_that_cancels_100_times_gets_its_picture_at_the_101st()
    {
        await using var refiner = await StartAsync();
        await using var session = await OpenAsync(Link(refiner));
        var random = new Random(1);

        for (var i = 0; i < 100; i++)
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 12)));
            await CancelledOrDoneAsync(session.FinalizeAsync(cancellationToken: cancellation.Token));
        }

        Assert.That((await session.FinalizeAsync()).Report.Place, Is.EqualTo(RefinementPlace.Cloud));
        await Eventually.Holds(() => refiner.State is { Queued: 0, Running: false }, "the cloud is idle");
    }

    private static int PortOf(CloudRefiner refiner) => new Uri(refiner.Address).Port;

    private static TcpTransport Link(CloudRefiner refiner) => new(new TcpTransportOptions { Port = PortOf(refiner) });

    private static TcpTransport TlsLink(CloudRefiner refiner) => new(new TcpTransportOptions
    {
        Port = PortOf(refiner),
        Tls = new TlsOptions { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)], ServerName = "localhost" },
    });

    private static async Task<EdgeSession> OpenAsync(ITransport link, EdgeSessionOptions? options = null)
    {
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, options ?? SessionSettings.Quick);
        await session.PromptAsync("a red house");
        return session;
    }

    private static async Task<(Picture Picture, long Bytes)> RefineAsync(ITransport link, EdgeSessionOptions? options = null)
    {
        await using var session = await OpenAsync(link, options);
        var refined = await session.FinalizeAsync();
        return (refined.Picture, refined.Report.BytesUp + refined.Report.BytesDown);
    }

    private static async Task<RequestMessage> ConnectAndAskAsync(ITransport link)
    {
        await using var client = await RawClient.ConnectAsync(link);
        return await client.AskAsync(RawClient.Request() with { Steps = 1 });
    }

    // Far more answers than the buffers of both sockets hold.
    private static async Task<bool> AskWithoutReadingAsync(RawClient client, Refine request)
    {
        try
        {
            for (var i = 0; i < 20_000; i++)
            {
                await client.SendAsync(request);
            }

            return false;
        }
        catch (ConnectionLostException)
        {
            return true;
        }
    }

    private static async Task CancelledOrDoneAsync(Task<RefinedImage> refining)
    {
        try
        {
            await refining;
        }
        catch (OperationCanceledException)
        {
            // As it was asked for.
        }
    }

    private async Task<CloudRefiner> StartAsync(Func<CloudRefinerOptions, CloudRefinerOptions>? change = null)
    {
        var options = new CloudRefinerOptions { Strength = strength };
        return await CloudRefiner.StartAsync(
            SessionModels.Cloud, new TcpTransport(new TcpTransportOptions()), change?.Invoke(options) ?? options);
    }

    private async Task<CloudRefiner> StartOverTlsAsync()
    {
        var link = new TcpTransport(new TcpTransportOptions { Tls = new TlsOptions { Certificate = Certificates.Server } });
        return await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = strength });
    }
}
