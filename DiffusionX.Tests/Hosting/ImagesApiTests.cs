using System.Net;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
public sealed class ImagesApiTests : ApiTest
{
    private ApiServer server = null!;

    private HttpClient Client => server.Client;

    [OneTimeSetUp]
    public async Task StartServer() => server = await ApiServer.StartAsync(Folder.Path);

    [OneTimeTearDown]
    public async Task StopServer() => await server.DisposeAsync();

    [Test]
    public async Task One_seed_gives_one_picture_streamed_or_not()
    {
        var answer = await PostAsync(Client, "v1/images/generations", new { prompt = "a red house", seed = 7 });
        var events = await StreamAsync(Client, "v1/images/generations", new { prompt = "a red house", seed = 7, stream = true, partial_images = 3 });

        Assert.Multiple(() =>
        {
            Assert.That(events.Select(each => each.Name), Is.EqualTo(new[]
            {
                "image_generation.partial_image", "image_generation.partial_image", "image_generation.partial_image", "image_generation.completed",
            }));
            Assert.That(events[1].Data.GetProperty("partial_image_index").GetInt32(), Is.EqualTo(1));
            Assert.That(Picture.Decode(Bytes(events[0].Data)).Width, Is.EqualTo(64), "a look has the picture's size");
            Assert.That(Bytes(events[^1].Data), Is.EqualTo(Bytes(answer.GetProperty("data")[0])));
        });
    }

    [Test]
    public async Task Several_pictures_have_the_seeds_that_follow_each_other()
    {
        var both = await PostAsync(Client, "v1/images/generations", new { prompt = "a red house", seed = 7, n = 2 });
        var second = await PostAsync(Client, "v1/images/generations", new { prompt = "a red house", seed = 8 });
        var events = await StreamAsync(Client, "v1/images/generations", new { prompt = "a red house", seed = 7, n = 2, stream = true });

        Assert.Multiple(() =>
        {
            Assert.That(both.GetProperty("data").GetArrayLength(), Is.EqualTo(2));
            Assert.That(both.GetProperty("data")[1].GetProperty("seed").GetInt32(), Is.EqualTo(8));
            Assert.That(events.Select(each => each.Data.GetProperty("image_index").GetInt32()), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(Bytes(events[1].Data), Is.EqualTo(Bytes(second.GetProperty("data")[0])));
        });
    }

    [Test]
    public async Task Size_format_and_quality_are_the_clients_choice()
    {
        var answer = await PostAsync(Client, "v1/images/generations", new { prompt = "a house", size = "72x40", output_format = "webp", output_compression = 50, quality = "low" });

        var picture = Picture.Decode(Bytes(answer.GetProperty("data")[0]));

        Assert.Multiple(() =>
        {
            Assert.That((picture.Width, picture.Height), Is.EqualTo((72, 40)));
            Assert.That(answer.GetProperty("size").GetString(), Is.EqualTo("72x40"));
            Assert.That(answer.GetProperty("output_format").GetString(), Is.EqualTo("webp"));
            Assert.That(answer.GetProperty("quality").GetString(), Is.EqualTo("low"));
        });
    }

    [Test]
    public async Task A_picture_as_an_address_can_be_fetched_there()
    {
        var answer = await PostAsync(Client, "v1/images/generations", new { prompt = "a house", seed = 3, response_format = "url", output_format = "jpeg" });
        var url = answer.GetProperty("data")[0].GetProperty("url").GetString()!;

        using var response = await Client.GetAsync(url);
        var picture = Picture.Decode(await response.Content.ReadAsByteArrayAsync());

        Assert.Multiple(() =>
        {
            Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("image/jpeg"));
            Assert.That(picture.Width, Is.EqualTo(64));
        });
    }

    [Test]
    public async Task The_pair_shows_the_edges_draft_first_and_the_clouds_picture_last()
    {
        var events = await StreamAsync(Client, "v1/images/generations", new { prompt = "a house", model = "edge+cloud", seed = 3, stream = true, partial_images = 1 });

        Assert.That(events.Select(each => each.Name), Is.EqualTo(new[] { "image_generation.partial_image", "image_generation.completed" }));
    }

    [Test]
    public async Task An_edit_starts_from_the_clients_picture()
    {
        var start = Picture.Decode(Bytes((await PostAsync(Client, "v1/images/generations", new { prompt = "a house", seed = 3 })).GetProperty("data")[0]));

        var slight = await EditAsync(start, "0.05");
        var strong = await EditAsync(start, "1");

        Assert.That(Distance(start, slight), Is.LessThan(Distance(start, strong)));
    }

    [Test]
    public async Task A_mask_says_where_an_edit_redraws()
    {
        var start = Picture.Decode(Bytes((await PostAsync(Client, "v1/images/generations", new { prompt = "a house", seed = 3 })).GetProperty("data")[0]));
        using var form = Form(start, "1");
        form.Add(new ByteArrayContent(Half(64).Encode(PictureFormat.Png)), "mask", "mask.png");

        using var response = await Client.PostAsync("v1/images/edits", form);
        var edited = Picture.Decode(Bytes((await ReadAsync(response, HttpStatusCode.OK)).GetProperty("data")[0]));

        Assert.That(Distance(start, edited, 0, 16), Is.LessThan(Distance(start, edited, 48, 64)), "the left half is kept");
    }

    [Test]
    public async Task An_edits_events_have_their_own_names()
    {
        using var form = Form(new Picture(64, 64, new byte[64 * 64 * 3]), "0.9");
        form.Add(new StringContent("true"), "stream");
        form.Add(new StringContent("1"), "partial_images");

        using var response = await Client.PostAsync("v1/images/edits", form);
        var text = await response.Content.ReadAsStringAsync();

        Assert.That(text, Does.Contain("event: image_edit.partial_image").And.Contain("event: image_edit.completed"));
    }

    [Test]
    public async Task Models_are_listed_and_found_by_name()
    {
        var list = await GetAsync(Client, "v1/models");
        var one = await GetAsync(Client, "v1/models/edge+cloud");
        var none = await GetAsync(Client, "v1/models/gpt-image-1", HttpStatusCode.NotFound);

        Assert.Multiple(() =>
        {
            Assert.That(list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()), Is.EquivalentTo(new[] { "cloud", "edge", "edge+cloud" }));
            Assert.That(one.GetProperty("object").GetString(), Is.EqualTo("model"));
            Assert.That(Code(none), Is.EqualTo("model_not_found"));
        });
    }

    [Test]
    public async Task The_description_has_every_resource_and_the_names_of_the_parameters()
    {
        var document = await Client.GetStringAsync("openapi/diffusionx.json");

        Assert.That(document, Does.Contain("/v1/images/generations").And.Contain("/v1/images/edits").And.Contain("/v1/sessions/{id}/finalize").And.Contain("\"negative_prompt\"").And.Contain("\"partial_images\"").And.Contain("multipart/form-data"));
    }

    [TestCase("""{"prompt": "a", "colour": 1}""", "unknown_parameter", "colour")]
    [TestCase("""{"n": 1}""", "missing_required_parameter", "prompt")]
    [TestCase("""{"prompt": 3}""", "invalid_type", "prompt")]
    [TestCase("""{"prompt": "a", "n": 1.5}""", "invalid_type", "n")]
    [TestCase("""{"prompt": "a", "n": 11}""", "invalid_value", "n")]
    [TestCase("""{"prompt": "a", "size": "64"}""", "invalid_value", "size")]
    [TestCase("""{"prompt": "a", "size": "9999x9999"}""", "invalid_value", "size")]
    [TestCase("""{"prompt": "a", "size": "65x64"}""", "invalid_value", null)]
    [TestCase("""{"prompt": "a", "output_format": "gif"}""", "invalid_value", "output_format")]
    [TestCase("""{"prompt": "a", "output_compression": 50}""", "invalid_value", "output_compression")]
    [TestCase("""{"prompt": "a", "background": "transparent"}""", "invalid_value", "background")]
    [TestCase("""{"prompt": "a", "style": "vivid"}""", "invalid_value", "style")]
    [TestCase("""{"prompt": "a", "partial_images": 2}""", "invalid_value", "partial_images")]
    [TestCase("""{"prompt": "a", "stream": true, "partial_images": 4}""", "invalid_value", "partial_images")]
    [TestCase("""{"prompt": "a", "stream": true, "size": "65x64"}""", "invalid_value", null)]
    [TestCase("""{"prompt": "a", "guidance_scale": -1}""", "invalid_value", "guidance_scale")]
    [TestCase("""{"prompt": "a",""", "invalid_json", null)]
    [TestCase("null", "invalid_json", null)]
    public async Task What_a_request_gets_wrong_is_named(string body, string code, string? param)
    {
        using var response = await Client.PostAsync("v1/images/generations", Json(body));
        var error = (await ReadAsync(response, HttpStatusCode.BadRequest)).GetProperty("error");

        Assert.Multiple(() =>
        {
            Assert.That(error.GetProperty("code").GetString(), Is.EqualTo(code), error.ToString());
            Assert.That(error.GetProperty("param").GetString(), Is.EqualTo(param), error.ToString());
            Assert.That(error.GetProperty("type").GetString(), Is.EqualTo("invalid_request_error"));
        });
    }

    [Test]
    public async Task What_is_no_request_of_the_API_is_an_error_in_its_shape()
    {
        var unknown = await GetAsync(Client, "v1/chat/completions", HttpStatusCode.NotFound);
        using var text = await Client.PostAsync("v1/images/generations", new StringContent("a house"));

        Assert.Multiple(async () =>
        {
            Assert.That(Code(unknown), Is.EqualTo("unknown_url"));
            Assert.That(Code(await ReadAsync(text, HttpStatusCode.UnsupportedMediaType)), Is.EqualTo("unsupported_media_type"));
        });
    }

    private async Task<Picture> EditAsync(Picture start, string strength)
    {
        using var form = Form(start, strength);
        using var response = await Client.PostAsync("v1/images/edits", form);
        var answer = await ReadAsync(response, HttpStatusCode.OK);
        return Picture.Decode(Bytes(answer.GetProperty("data")[0]));
    }

    private static MultipartFormDataContent Form(Picture start, string strength) => new()
    {
        { new ByteArrayContent(start.Encode(PictureFormat.Png)), "image", "start.png" },
        { new StringContent("a house at night"), "prompt" },
        { new StringContent("3"), "seed" },
        { new StringContent(strength), "strength" },
    };

    // White, which is redrawn, in its right half.
    private static Picture Half(int size)
    {
        var pixels = new byte[size * size * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = i / 3 % size < size / 2 ? (byte)0 : (byte)255;
        }

        return new Picture(size, size, pixels);
    }

    private static double Distance(Picture one, Picture other) => Distance(one, other, 0, one.Width);

    // Over the columns between two.
    private static double Distance(Picture one, Picture other, int left, int right)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Pixels.Length; i++)
        {
            sum += i / 3 % one.Width >= left && i / 3 % one.Width < right ? Math.Abs(one.Pixels[i] - other.Pixels[i]) : 0;
        }

        return sum;
    }
}
