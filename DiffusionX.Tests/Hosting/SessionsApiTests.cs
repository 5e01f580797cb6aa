using System.Net;
using System.Text.Json;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
public sealed class SessionsApiTests : ApiTest
{
    private ApiServer server = null!;

    private HttpClient Client => server.Client;

    [OneTimeSetUp]
    public async Task StartServer() => server = await ApiServer.StartAsync(Folder.Path);

    [OneTimeTearDown]
    public async Task StopServer() => await server.DisposeAsync();

    [Test]
    public async Task A_session_draws_rounds_and_has_the_last_one_refined()
    {
        var session = await BeginAsync(Client, seed: 5);
        var first = await DrawAsync(Client, session, "a red house");
        var second = await DrawAsync(Client, session, "a red house at night");

        var final = await PostAsync(Client, $"v1/sessions/{session}/finalize", new { output_format = "webp" });

        Assert.Multiple(() =>
        {
            Assert.That(first.TryGetProperty("parent", out _), Is.False, "the first round starts from noise");
            Assert.That(second.GetProperty("parent").GetInt32(), Is.EqualTo(1));
            Assert.That(second.GetProperty("strength").GetDouble(), Is.InRange(0, 1));
            Assert.That(final.GetProperty("round").GetInt32(), Is.EqualTo(2));
            Assert.That(final.GetProperty("report").GetProperty("place").GetString(), Is.EqualTo("cloud"));
            Assert.That(final.GetProperty("report").GetProperty("bytes_up").GetInt64(), Is.Positive);
            Assert.That(Picture.Decode(Bytes(final)).Width, Is.EqualTo(64));
        });
    }

    [Test]
    public async Task Rounds_and_the_final_picture_are_shown_on_their_way()
    {
        var session = await BeginAsync(Client, seed: 5);

        var round = await StreamAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a house", stream = true, partial_images = 2 });
        var final = await StreamAsync(Client, $"v1/sessions/{session}/finalize", new { stream = true, partial_images = 1 });

        Assert.Multiple(() =>
        {
            Assert.That(round.Select(each => each.Name), Is.EqualTo(new[] { "session.round.partial_image", "session.round.partial_image", "session.round.completed" }));
            Assert.That(round[^1].Data.GetProperty("round").GetProperty("number").GetInt32(), Is.EqualTo(1));
            Assert.That(final.Select(each => each.Name), Is.EqualTo(new[] { "session.final_image.partial_image", "session.final_image.completed" }));
        });
    }

    [Test]
    public async Task Undo_and_branch_choose_where_the_next_round_starts()
    {
        var session = await BeginAsync(Client, seed: 5);
        await DrawAsync(Client, session, "a house");
        await DrawAsync(Client, session, "a house at night");

        var undone = await PostAsync(Client, $"v1/sessions/{session}/undo", null);
        var third = await DrawAsync(Client, session, "a house by day");
        var branched = await PostAsync(Client, $"v1/sessions/{session}/branch", new { round = 2 });
        var fourth = await DrawAsync(Client, session, "a house at dawn");

        Assert.Multiple(() =>
        {
            Assert.That(undone.GetProperty("current_round").GetInt32(), Is.EqualTo(1));
            Assert.That(third.GetProperty("parent").GetInt32(), Is.EqualTo(1));
            Assert.That(branched.GetProperty("current_round").GetInt32(), Is.EqualTo(2));
            Assert.That(fourth.GetProperty("parent").GetInt32(), Is.EqualTo(2));
        });
    }

    [Test]
    public async Task A_rounds_picture_can_be_fetched_again()
    {
        var session = await BeginAsync(Client, seed: 5);
        var round = await DrawAsync(Client, session, "a house");

        var bytes = await Client.GetByteArrayAsync(round.GetProperty("image_url").GetString());

        Assert.That(bytes, Is.EqualTo(Bytes(round)));
    }

    [Test]
    public async Task Sessions_survive_a_restart_of_the_server()
    {
        var sessions = Folder.File("sessions");
        string session;
        await using (var before = await ApiServer.StartAsync(Folder.Path, options => options.Sessions.Folder = sessions))
        {
            session = await BeginAsync(before.Client, seed: 9);
            await DrawAsync(before.Client, session, "a house");
            await DrawAsync(before.Client, session, "a house at night");
            await PostAsync(before.Client, $"v1/sessions/{session}/undo", null);
        }

        await using var after = await ApiServer.StartAsync(Folder.Path, options => options.Sessions.Folder = sessions);
        var state = await GetAsync(after.Client, $"v1/sessions/{session}");
        var third = await DrawAsync(after.Client, session, "a house by day");

        Assert.Multiple(() =>
        {
            Assert.That(state.GetProperty("rounds").GetArrayLength(), Is.EqualTo(2));
            Assert.That(state.GetProperty("current_round").GetInt32(), Is.EqualTo(1));
            Assert.That(state.GetProperty("seed").GetInt32(), Is.EqualTo(9));
            Assert.That(third.GetProperty("number").GetInt32(), Is.EqualTo(3));
        });
    }

    [Test]
    public async Task A_deleted_session_is_gone_with_its_files()
    {
        var sessions = Folder.File("deleted");
        await using var saving = await ApiServer.StartAsync(Folder.Path, options => options.Sessions.Folder = sessions);
        var session = await BeginAsync(saving.Client, seed: 9);
        await DrawAsync(saving.Client, session, "a house");

        using var deleted = await saving.Client.DeleteAsync($"v1/sessions/{session}");
        var gone = await GetAsync(saving.Client, $"v1/sessions/{session}", HttpStatusCode.NotFound);
        var list = await GetAsync(saving.Client, "v1/sessions");

        Assert.Multiple(() =>
        {
            Assert.That(deleted.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(Code(gone), Is.EqualTo("session_not_found"));
            Assert.That(list.GetProperty("data").GetArrayLength(), Is.Zero);
            Assert.That(Directory.EnumerateFiles(sessions), Is.Empty);
        });
    }

    [Test]
    public async Task There_are_as_many_sessions_and_rounds_as_the_options_allow()
    {
        await using var small = await ApiServer.StartAsync(Folder.Path, options => (options.Sessions.MaxSessions, options.Sessions.MaxRounds) = (1, 1));
        var session = await BeginAsync(small.Client, seed: 1);
        await DrawAsync(small.Client, session, "a house");

        var round = await PostAsync(small.Client, $"v1/sessions/{session}/rounds", new { prompt = "another" }, HttpStatusCode.TooManyRequests);
        var second = await PostAsync(small.Client, "v1/sessions", new { }, HttpStatusCode.TooManyRequests);

        Assert.That((Code(round), Code(second)), Is.EqualTo(("session_limit", "session_limit")));
    }

    [Test]
    public async Task What_can_not_be_done_is_named()
    {
        var session = await BeginAsync(Client, seed: 5);

        var nothing = await PostAsync(Client, $"v1/sessions/{session}/undo", null, HttpStatusCode.BadRequest);
        var draft = await PostAsync(Client, $"v1/sessions/{session}/finalize", null, HttpStatusCode.BadRequest);
        var round = await PostAsync(Client, $"v1/sessions/{session}/branch", new { round = 4 }, HttpStatusCode.BadRequest);
        var model = await PostAsync(Client, "v1/sessions", new { model = "nothing" }, HttpStatusCode.NotFound);
        var none = await PostAsync(Client, "v1/sessions/none/rounds", new { prompt = "a house" }, HttpStatusCode.NotFound);

        Assert.Multiple(() =>
        {
            Assert.That(nothing.GetProperty("error").GetProperty("message").GetString(), Does.Contain("nothing to undo"));
            Assert.That(draft.GetProperty("error").GetProperty("message").GetString(), Does.Contain("no draft"));
            Assert.That(round.GetProperty("error").GetProperty("message").GetString(), Does.Contain("no round 4"));
            Assert.That((Code(model), Code(none)), Is.EqualTo(("model_not_found", "session_not_found")));
        });
    }

    private static async Task<string> BeginAsync(HttpClient client, int seed) =>
        (await PostAsync(client, "v1/sessions", new { seed, size = "64x64" }, HttpStatusCode.Created)).GetProperty("id").GetString()!;

    private static Task<JsonElement> DrawAsync(HttpClient client, string session, string prompt) =>
        PostAsync(client, $"v1/sessions/{session}/rounds", new { prompt }, HttpStatusCode.Created);
}
