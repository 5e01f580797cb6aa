using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Transport.Messages;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class ConnectingAheadTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly InMemoryTransport link = new();

    [Test]
    public async Task The_cloud_is_reached_while_a_round_is_drawn_and_told_nothing_of_it()
    {
        await using var listener = await link.ListenAsync();
        await using var session = await OpenAsync(connectsAhead: true);

        await session.PromptAsync("a red house");

        await using var connection = await listener.AcceptAsync().AsTask().WaitAsync(Soon);
        await using var channel = await MessageChannel.AcceptAsync(connection, _ => Samples.Welcome).WaitAsync(Soon);
        var more = channel.ReceiveAsync().AsTask();
        Assert.That(await Task.WhenAny(more, Task.Delay(100)), Is.Not.SameAs(more), "no message but the greeting");
    }

    [Test]
    public async Task Unless_it_is_asked_for_the_cloud_is_left_alone_until_it_is_needed()
    {
        await using var listener = await link.ListenAsync();
        await using var session = await OpenAsync(connectsAhead: false);
        var accepting = listener.AcceptAsync().AsTask();

        await session.PromptAsync("a red house");

        Assert.That(await Task.WhenAny(accepting, Task.Delay(100)), Is.Not.SameAs(accepting));
    }

    [Test]
    public async Task The_refinement_takes_the_connection_that_is_there()
    {
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await OpenAsync(connectsAhead: true);
        await session.PromptAsync("a red house");
        await session.ConnectAsync();

        var refined = await session.FinalizeAsync();

        Assert.Multiple(() =>
        {
            Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud));
            Assert.That(refined.Report.Connecting, Is.LessThan(TimeSpan.FromSeconds(1)));
        });
    }

    [Test]
    public async Task A_cloud_that_is_not_there_disturbs_no_round()
    {
        await using var session = await OpenAsync(connectsAhead: true);

        await session.PromptAsync("a red house");
        await session.PromptAsync("a red house at night");

        Assert.That(session.Rounds, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_session_is_closed_at_once_though_a_cloud_does_not_answer_the_greeting()
    {
        await using var listener = await link.ListenAsync();
        var session = await OpenAsync(connectsAhead: true);
        await session.PromptAsync("a red house");
        await using var silent = await listener.AcceptAsync().AsTask().WaitAsync(Soon);

        await session.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5));

        Assert.That(SessionSettings.Quick.Refinement.IdleTimeout, Is.GreaterThan(TimeSpan.FromSeconds(5)), "it would have waited for so long");
    }

    [Test]
    public async Task A_cloud_that_has_refused_is_not_asked_again_before_it_is_needed()
    {
        await using var listener = await link.ListenAsync();
        await using var session = await OpenAsync(connectsAhead: true);
        await session.PromptAsync("a red house");
        await using (var connection = await listener.AcceptAsync().AsTask().WaitAsync(Soon))
        {
            var refusing = MessageChannel.AcceptAsync(connection, _ => Samples.Error with { RequestId = Guid.Empty });
            Assert.That(async () => await refusing, Throws.TypeOf<HandshakeException>());
        }

        await Task.Delay(200);
        var again = listener.AcceptAsync().AsTask();

        await session.PromptAsync("a red house at night");

        Assert.That(await Task.WhenAny(again, Task.Delay(200)), Is.Not.SameAs(again));
    }

    private Task<EdgeSession> OpenAsync(bool connectsAhead) =>
        EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick with { ConnectsAhead = connectsAhead });
}
