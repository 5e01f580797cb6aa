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
    public async Task A_round_redraws_the_region_of_a_mask_alone()
    {
        var session = await BeginAsync(Client, seed: 5);
        var first = await DrawAsync(Client, session, "a house");

        var second = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a boat", mask = Mask(LeftHalf), strength = 0.75 }, HttpStatusCode.Created);
        var nowhere = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a boat", mask = Mask(Black) }, HttpStatusCode.Created);

        Assert.Multiple(() =>
        {
            Assert.That(second.GetProperty("masked").GetBoolean(), Is.True);
            Assert.That(second.GetProperty("strength").GetDouble(), Is.EqualTo(0.75));
            Assert.That(second.GetProperty("parent").GetInt32(), Is.EqualTo(1));
            Assert.That(Bytes(second), Is.Not.EqualTo(Bytes(first)));
            Assert.That(Bytes(nowhere), Is.EqualTo(Bytes(second)), "black is kept");
        });
    }

    [Test]
    public async Task A_masked_round_comes_as_a_form_too_and_is_shown_on_its_way()
    {
        var session = await BeginAsync(Client, seed: 5);
        await DrawAsync(Client, session, "a house");
        using var form = new MultipartFormDataContent
        {
            { new StringContent("a boat"), "prompt" },
            { new StringContent("true"), "stream" },
            { new StringContent("2"), "partial_images" },
            { new ByteArrayContent(LeftHalf.Encode(PictureFormat.Png)), "mask", "mask.png" },
        };

        var events = await StreamAsync(Client, $"v1/sessions/{session}/rounds", form);

        Assert.That(
            events.Select(each => each.Name),
            Is.EqualTo(new[] { "session.round.partial_image", "session.round.partial_image", "session.round.completed" }));
        Assert.That(events[^1].Data.GetProperty("round").GetProperty("masked").GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_round_starts_from_a_picture_which_is_a_round_itself()
    {
        var session = await BeginAsync(Client, seed: 5);
        var picture = Shade(x => x % 16 < 8);

        var drawn = await PostAsync(
            Client,
            $"v1/sessions/{session}/rounds",
            new { prompt = "a boat", image = "data:image/png;base64," + Convert.ToBase64String(picture.Encode(PictureFormat.Png)), mask = Mask(Black) },
            HttpStatusCode.Created);
        var undone = await PostAsync(Client, $"v1/sessions/{session}/undo", null);
        var shown = await Client.GetByteArrayAsync($"v1/sessions/{session}/rounds/1/image");

        Assert.Multiple(() =>
        {
            Assert.That((drawn.GetProperty("number").GetInt32(), drawn.GetProperty("parent").GetInt32()), Is.EqualTo((2, 1)));
            Assert.That(undone.GetProperty("current_round").GetInt32(), Is.EqualTo(1));
            Assert.That(undone.GetProperty("rounds")[0].GetProperty("steps").GetInt32(), Is.Zero);
            Assert.That(shown, Is.EqualTo(Bytes(drawn)), "black is kept");
        });
    }

    [Test]
    public async Task A_region_alone_is_refined_if_a_mask_comes_with_the_wish()
    {
        var session = await BeginAsync(Client, seed: 5);
        var draft = await DrawAsync(Client, session, "a house");

        var nothing = await PostAsync(Client, $"v1/sessions/{session}/finalize", new { mask = Mask(Black), strength = 0.5 });
        var left = await PostAsync(Client, $"v1/sessions/{session}/finalize", new { mask = Mask(LeftHalf), strength = 0.5 });

        Assert.Multiple(() =>
        {
            Assert.That(left.GetProperty("report").GetProperty("strength").GetDouble(), Is.EqualTo(0.5));
            Assert.That(Change(draft, nothing), Is.LessThan(0.1 * Change(draft, left)), "black is kept, but for what float16 rounds");
        });
    }

    [TestCase("""{"prompt": "a", "mask": "%%%"}""", "invalid_base64", "mask")]
    [TestCase("""{"prompt": "a", "mask": "QUJD"}""", "invalid_image", "mask")]
    [TestCase("""{"prompt": "a", "image": ""}""", "invalid_image", "image")]
    [TestCase("""{"prompt": "a", "strength": 1.5}""", "invalid_value", "strength")]
    [TestCase("""{"prompt": "a", "masks": ""}""", "unknown_parameter", "masks")]
    public async Task What_a_round_gets_wrong_is_named(string body, string code, string param)
    {
        var session = await BeginAsync(Client, seed: 5);

        using var response = await Client.PostAsync($"v1/sessions/{session}/rounds", Json(body));
        var error = (await ReadAsync(response, HttpStatusCode.BadRequest)).GetProperty("error");

        Assert.That((error.GetProperty("code").GetString(), error.GetProperty("param").GetString()), Is.EqualTo((code, param)), error.ToString());
    }

    [Test]
    public async Task The_description_has_masks_as_JSON_and_as_a_form()
    {
        var document = await GetAsync(Client, "openapi/diffusionx.json");

        var round = document.GetProperty("paths").GetProperty("/v1/sessions/{id}/rounds").GetProperty("post").GetProperty("requestBody").GetProperty("content");
        var body = document.GetProperty("components").GetProperty("schemas").GetProperty("RoundBody").GetProperty("properties");
        Assert.That(round.EnumerateObject().Select(each => each.Name), Is.EquivalentTo(new[] { "application/json", "multipart/form-data" }));
        Assert.That(body.EnumerateObject().Select(each => each.Name), Is.SupersetOf(new[] { "prompt", "image", "mask", "strength" }));
    }

    [Test]
    public async Task A_mask_before_the_first_round_has_nothing_to_redraw()
    {
        var session = await BeginAsync(Client, seed: 5);

        var answer = await PostAsync(Client, $"v1/sessions/{session}/rounds", new { prompt = "a boat", mask = Mask(LeftHalf) }, HttpStatusCode.BadRequest);

        Assert.That(answer.GetProperty("error").GetProperty("message").GetString(), Does.Contain("nothing yet of which a region"));
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

    private static Picture LeftHalf => Shade(x => x < 32);

    private static Picture Black => Shade(_ => false);

    private static Picture Shade(Func<int, bool> isWhite) =>
        new(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => isWhite(i / 3 % 64) ? (byte)255 : (byte)0)]);

    private static string Mask(Picture mask) => Convert.ToBase64String(mask.Encode(PictureFormat.Png));

    private static double Change(JsonElement one, JsonElement other)
    {
        var (before, after) = (Picture.Decode(Bytes(one)), Picture.Decode(Bytes(other)));
        return Enumerable.Range(0, before.Pixels.Length).Average(i => Math.Abs(before.Pixels[i] - after.Pixels[i]));
    }

    private static async Task<string> BeginAsync(HttpClient client, int seed) =>
        (await PostAsync(client, "v1/sessions", new { seed, size = "64x64" }, HttpStatusCode.Created)).GetProperty("id").GetString()!;

    private static Task<JsonElement> DrawAsync(HttpClient client, string session, string prompt) =>
        PostAsync(client, $"v1/sessions/{session}/rounds", new { prompt }, HttpStatusCode.Created);
}
