using DiffusionX.Hosting.Refining;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
[NoTensorLeaks]
public sealed class HostedSessionsTests : ApiTest
{
    [Test]
    public async Task A_session_of_the_programs_own_name_is_begun_once()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);
        var sessions = server.Services.GetRequiredService<HostedSessions>();

        var first = sessions.GetOrBegin("user-1", new SessionSettings { Seed = 3 });
        var again = sessions.GetOrBegin("user-1");

        Assert.That(again, Is.SameAs(first));
    }

    [TestCase("")]
    [TestCase("../user")]
    [TestCase("a b")]
    public async Task A_name_that_could_leave_the_folder_is_refused(string name)
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);
        var sessions = server.Services.GetRequiredService<HostedSessions>();

        Assert.That(() => sessions.GetOrBegin(name), Throws.TypeOf<SessionException>());
    }

    [Test]
    public async Task A_session_that_nobody_uses_is_closed_and_opened_again_from_its_file()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var folder = Folder.File("idle");
        await using var server = await ApiServer.StartAsync(Folder.Path, options => options.Sessions.Folder = folder, services => services.AddSingleton<TimeProvider>(time));
        var sessions = server.Services.GetRequiredService<HostedSessions>();
        var session = sessions.Begin();
        await session.PromptAsync("a house");

        time.Advance(TimeSpan.FromHours(1));
        await sessions.CloseIdleAsync();
        var state = await session.GetStateAsync();

        Assert.That(state.Rounds, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_session_in_memory_alone_is_gone_when_nobody_has_used_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var server = await ApiServer.StartAsync(Folder.Path, services: services => services.AddSingleton<TimeProvider>(time));
        var sessions = server.Services.GetRequiredService<HostedSessions>();
        var session = sessions.Begin();

        time.Advance(TimeSpan.FromHours(1));
        await sessions.CloseIdleAsync();

        Assert.That(() => sessions.Get(session.Id), Throws.TypeOf<SessionNotFoundException>());
    }

    [Test]
    public async Task A_deleted_session_ends_what_it_draws()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);
        var sessions = server.Services.GetRequiredService<HostedSessions>();
        var session = sessions.Begin(new SessionSettings { Steps = 1000 });
        var begun = new TaskCompletionSource();
        var drawing = session.PromptAsync("a house", new Recorder<DiffusionX.Pipeline.GenerationProgress>(_ => begun.TrySetResult()));
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await sessions.DeleteAsync(session.Id);

        Assert.That(async () => await drawing, Throws.TypeOf<SessionNotFoundException>());
    }
}
