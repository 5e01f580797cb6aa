using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DiffusionX.Hosting.Refining;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
public sealed class SessionEventsTests : ApiTest
{
    private ApiServer server = null!;

    private HttpClient Client => server.Client;

    [OneTimeSetUp]
    public async Task StartServer() => server = await ApiServer.StartAsync(Folder.Path, options =>
    {
        options.Sessions.Previews = 1000;
        options.Http.MaxSteps = 1000;
        options.Sessions.ClientsChooseCloud = true;
        options.Sessions.Folder = Folder.File("sessions");
    });

    [OneTimeTearDown]
    public async Task StopServer() => await server.DisposeAsync();

    [Test]
    public async Task Whoever_watches_is_told_of_a_round_in_the_background_step_by_step()
    {
        var session = await BeginAsync();
        await using var events = await EventReader.OpenAsync(Client, session);
        var state = await events.NextAsync();

        var answer = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a house", background = true }, HttpStatusCode.Accepted);
        var told = await events.UntilAsync("session.round.completed");

        Assert.Multiple(() =>
        {
            Assert.That(state.Name, Is.EqualTo("session.state"));
            Assert.That(state.Data.GetProperty("session").GetProperty("rounds").GetArrayLength(), Is.Zero);
            Assert.That(answer.GetProperty("session_id").GetString(), Is.EqualTo(session));
            Assert.That(told.Select(each => each.Name).Distinct(), Is.EqualTo(new[] { "session.round.started", "session.round.partial_image", "session.round.completed" }));
            Assert.That(told[1].Data.GetProperty("step").GetInt32(), Is.EqualTo(1));
            Assert.That(told[1].Data.GetProperty("b64_json").GetBytesFromBase64(), Is.Not.Empty);
            Assert.That(told[^1].Data.GetProperty("round").GetProperty("number").GetInt32(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Whoever_comes_while_a_round_is_drawn_is_told_where_it_is()
    {
        var session = await BeginAsync(steps: 1000);
        await using var first = await EventReader.OpenAsync(Client, session);
        await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a house", background = true }, HttpStatusCode.Accepted);
        await first.UntilAsync("session.round.partial_image");

        await using var second = await EventReader.OpenAsync(Client, session);
        var running = (await second.NextAsync()).Data.GetProperty("running");
        await PostAsync(Client, $"v1/sessions/{session}/cancel", null);
        var end = await second.UntilAsync("session.round.cancelled");
        var state = await GetAsync(Client, $"v1/sessions/{session}");

        Assert.Multiple(() =>
        {
            Assert.That(running.GetProperty("type").GetString(), Is.EqualTo("session.round.partial_image"));
            Assert.That(running.GetProperty("prompt").GetString(), Is.EqualTo("a house"));
            Assert.That(running.GetProperty("b64_json").GetBytesFromBase64(), Is.Not.Empty);
            Assert.That(end, Is.Not.Empty);
            Assert.That(state.GetProperty("rounds").GetArrayLength(), Is.Zero);
        });
    }

    [Test]
    public async Task What_goes_wrong_in_the_background_is_told()
    {
        var session = await BeginAsync();
        await using var events = await EventReader.OpenAsync(Client, session);

        await PostAsync(Client, $"v1/sessions/{session}/finalize", new { background = true }, HttpStatusCode.Accepted);
        var failed = (await events.UntilAsync("session.final_image.failed"))[^1].Data;

        Assert.That(failed.GetProperty("error").GetProperty("message").GetString(), Does.Contain("no draft to refine yet"));
    }

    [Test]
    public async Task A_stream_and_the_background_do_not_go_together()
    {
        var session = await BeginAsync();

        var error = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a house", background = true, stream = true }, HttpStatusCode.BadRequest);

        Assert.That(error.GetProperty("error").GetProperty("param").GetString(), Is.EqualTo("background"));
    }

    [Test]
    public async Task Final_pictures_are_kept_and_survive_a_restart()
    {
        var session = await BeginAsync();
        await DrawAsync(session, "a house");
        var final = await PostAsync(Client, $"v1/sessions/{session}/finalize", new { });
        await using var again = await ApiServer.StartAsync(Folder.Path, options => options.Sessions.Folder = Folder.File("sessions"));

        var state = await GetAsync(again.Client, $"v1/sessions/{session}");
        var kept = state.GetProperty("finals")[0];
        var picture = Picture.Decode(await again.Client.GetByteArrayAsync(kept.GetProperty("image_url").GetString()));

        Assert.Multiple(() =>
        {
            Assert.That(kept.GetProperty("round").GetInt32(), Is.EqualTo(1));
            Assert.That(kept.GetProperty("report").GetProperty("seconds").GetDouble(), Is.EqualTo(final.GetProperty("report").GetProperty("seconds").GetDouble()));
            Assert.That(picture.Pixels.SequenceEqual(Picture.Decode(Bytes(final)).Pixels), Is.True);
        });
    }

    [Test]
    public async Task Settings_change_from_the_next_round_on_and_a_picture_tells_of_its_own()
    {
        var session = await BeginAsync();
        await DrawAsync(session, "a house");

        using var changed = await Client.PatchAsJsonAsync($"v1/sessions/{session}", new { steps = 5, negative_prompt = "rain", link = "broadband" });
        var state = await ReadAsync(changed, HttpStatusCode.OK);
        await PostAsync(Client, $"v1/sessions/{session}/undo", null);
        var second = await DrawAsync(session, "a house");
        var texts = await Task.WhenAll(new[] { 1, 2 }.Select(round => TextAsync($"v1/sessions/{session}/rounds/{round}/image?settings=true")));

        Assert.Multiple(() =>
        {
            Assert.That(state.GetProperty("settings").GetProperty("link").GetString(), Is.EqualTo("broadband"));
            Assert.That(second.GetProperty("steps").GetInt32(), Is.EqualTo(5));
            Assert.That(texts.Select(text => text["negative prompt"]), Is.EqualTo(new[] { "", "rain" }));
            Assert.That(texts.Select(text => text["diffusionx session"]), Is.All.EqualTo(session));
        });
    }

    [Test]
    public async Task A_round_has_a_seed_of_its_own_and_the_strength_that_was_predicted()
    {
        var session = await BeginAsync();
        await DrawAsync(session, "a house");

        var predicted = await PostAsync(Client, $"v1/sessions/{session}/strength", new { prompt = "a house at night" });
        var round = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a house at night", seed = 99 }, HttpStatusCode.Created);

        Assert.That(round.GetProperty("seed").GetInt64(), Is.EqualTo(99));
        Assert.That(round.GetProperty("strength").GetDouble(), Is.EqualTo(predicted.GetProperty("strength").GetDouble()));
    }

    [TestCase("link", "carrier pigeon")]
    [TestCase("cloud", "nowhere")]
    public async Task A_cloud_or_link_that_there_is_not_is_named(string setting, string value)
    {
        var error = await PostAsync(Client, "v1/sessions", new Dictionary<string, string> { [setting] = value }, HttpStatusCode.BadRequest);

        Assert.That(error.GetProperty("error").GetProperty("param").GetString(), Is.EqualTo(setting));
    }

    [Test]
    public async Task A_host_does_not_connect_to_where_clients_say_unless_its_options_allow_it()
    {
        await using var careful = await ApiServer.StartAsync(Folder.Path);

        var error = await PostAsync(careful.Client, "v1/sessions", new { cloud = "tcp://10.0.0.1:7070" }, HttpStatusCode.BadRequest);

        Assert.That(error.GetProperty("error").GetProperty("param").GetString(), Is.EqualTo("cloud"));
    }

    [Test]
    public async Task A_session_without_a_cloud_is_refined_on_the_edge()
    {
        var session = (await PostAsync(Client, "v1/sessions", new { cloud = SessionSettings.NoCloud }, HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await DrawAsync(session, "a house");

        var final = await PostAsync(Client, $"v1/sessions/{session}/finalize", new { });

        Assert.That(final.GetProperty("report").GetProperty("place").GetString(), Is.EqualTo("edge"));
    }

    [Test]
    public async Task Lists_tell_the_last_prompt_and_the_picture()
    {
        var session = await BeginAsync();
        await DrawAsync(session, "a house of glass");

        var listed = (await GetAsync(Client, "v1/sessions")).GetProperty("data").EnumerateArray().Single(each => each.GetProperty("id").GetString() == session);

        Assert.That(listed.GetProperty("title").GetString(), Is.EqualTo("a house of glass"));
        Assert.That(listed.GetProperty("image_url").GetString(), Does.EndWith("/rounds/1/image"));
    }

    private async Task<string> BeginAsync(int steps = 8) =>
        (await PostAsync(Client, "v1/sessions", new { seed = 5, steps }, HttpStatusCode.Created)).GetProperty("id").GetString()!;

    private Task<JsonElement> DrawAsync(string session, string prompt) => PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt }, HttpStatusCode.Created);

    private async Task<IReadOnlyDictionary<string, string>> TextAsync(string url)
    {
        var file = Folder.File($"{Guid.NewGuid()}.png");
        await File.WriteAllBytesAsync(file, await Client.GetByteArrayAsync(url));
        return Picture.ReadText(file);
    }

    /// <summary>Reads a session's events.</summary>
    private sealed class EventReader(HttpResponseMessage answer, StreamReader lines) : IAsyncDisposable
    {
        public static async Task<EventReader> OpenAsync(HttpClient client, string session)
        {
            var answer = await client.GetAsync($"v1/sessions/{session}/events", HttpCompletionOption.ResponseHeadersRead);
            Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
            return new EventReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
        }

        public async Task<(string Name, JsonElement Data)> NextAsync()
        {
            var name = await LineAsync();
            var data = await LineAsync();
            await LineAsync();
            return (name["event: ".Length..], JsonDocument.Parse(data["data: ".Length..]).RootElement);
        }

        /// <summary>All events up to one of that name.</summary>
        public async Task<List<(string Name, JsonElement Data)>> UntilAsync(string name)
        {
            var told = new List<(string Name, JsonElement Data)>();
            do
            {
                told.Add(await NextAsync());
            }
            while (told[^1].Name != name);
            return told;
        }

        // Whoever waits for an event that does not come is told nothing, for ever.
        private async Task<string> LineAsync() =>
            await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? throw new AssertionException("The stream of events has ended.");

        public ValueTask DisposeAsync()
        {
            lines.Dispose();
            answer.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
