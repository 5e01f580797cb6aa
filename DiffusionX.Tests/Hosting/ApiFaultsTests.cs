using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using DiffusionX.Hosting.Http;
using DiffusionX.Hosting.Models;
using DiffusionX.Imaging;
using DiffusionX.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
[NoTensorLeaks]
public sealed class ApiFaultsTests : ApiTest
{
    [Test]
    public async Task Fifty_clients_at_once_are_all_served()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(seed => PostAsync(server.Client, "v1/images/generations", new { prompt = $"house {seed}", seed, steps = 2 })));

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(answer => answer.GetProperty("data")[0].GetProperty("seed").GetInt32()), Is.EqualTo(Enumerable.Range(0, 50)));
            Assert.That(server.Services.GetRequiredService<RequestGate>().Free, Is.EqualTo(4), "all turns were given back");
        });
    }

    [Test]
    public async Task Beyond_the_queue_clients_are_told_when_to_come_again()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path, options => (options.Http.MaxConcurrentRequests, options.Http.MaxQueuedRequests) = (1, 0));
        using var turn = await server.Services.GetRequiredService<RequestGate>().EnterAsync(CancellationToken.None);

        using var response = await server.Client.PostAsync("v1/images/generations", Json("""{"prompt": "a house"}"""));
        var answer = await ReadAsync(response, HttpStatusCode.TooManyRequests);

        Assert.Multiple(() =>
        {
            Assert.That(Code(answer), Is.EqualTo("rate_limit_exceeded"));
            Assert.That(response.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(2)));
        });
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_client_that_leaves_stops_the_drawing_and_gives_its_place_free(bool stream)
    {
        await using var server = await ApiServer.StartAsync(Folder.Path, options => (options.Http.MaxConcurrentRequests, options.Http.MaxSteps) = (1, 1000));
        using var leave = new CancellationTokenSource();
        var first = server.Client.PostAsync(
            "v1/images/generations", Json($$"""{"prompt": "a house", "size": "512x512", "steps": 1000, "stream": {{(stream ? "true" : "false")}} }"""), leave.Token);
        await WaitForDrawingAsync(server);

        await leave.CancelAsync();
        var second = await PostAsync(server.Client, "v1/images/generations", new { prompt = "another", steps = 2 });

        Assert.Multiple(() =>
        {
            Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(second.GetProperty("data").GetArrayLength(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_client_that_does_not_read_holds_up_nobody()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path, options => options.Http.MaxConcurrentRequests = 1);
        using var slow = new TcpClient { ReceiveBufferSize = 1024 };
        await slow.ConnectAsync(IPAddress.Loopback, server.Port);
        const string Body = """{"prompt": "a house", "size": "512x512", "steps": 2, "n": 4}""";
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));
        await WaitForDrawingAsync(server);

        var answer = await PostAsync(server.Client, "v1/images/generations", new { prompt = "another", steps = 1 });

        Assert.That(answer.GetProperty("data").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Who_shows_no_key_or_a_wrong_one_is_turned_away_before_the_body_is_read()
    {
        await using var server = await ApiServer.StartAsync(Folder.Path, options => options.Http.ApiKeys.Add("sk-right"));

        var none = await AskAsync(server, null);
        var wrong = await AskAsync(server, "sk-wrong");
        using var right = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { Authorization = new("Bearer", "sk-right") } };
        using var listed = await server.Client.SendAsync(right);

        Assert.Multiple(() =>
        {
            Assert.That(none, Is.EqualTo("missing_api_key"));
            Assert.That(wrong, Is.EqualTo("invalid_api_key"));
            Assert.That(listed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_body_that_is_too_large_is_refused_with_a_clear_answer(bool tellsItsLength)
    {
        await using var server = await ApiServer.StartAsync(Folder.Path, options => options.Http.MaxBodyBytes = 100_000);
        using var content = new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes($$"""{"prompt": "{{new string('a', 8_000_000)}}"}""")));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/images/generations") { Content = content };
        request.Headers.TransferEncodingChunked = !tellsItsLength;

        using var response = await server.Client.SendAsync(request);

        Assert.That(Code(await ReadAsync(response, HttpStatusCode.RequestEntityTooLarge)), Is.EqualTo("request_too_large"));
    }

    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na house", "invalid_form")]
    [TestCase("multipart/form-data; boundary=x", "not a form at all", "invalid_form")]
    [TestCase("multipart/form-data", "--x--", "invalid_form")]
    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na house\r\n--x--\r\n", "missing_required_parameter")]
    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nno picture\r\n--x--\r\n", "invalid_image")]
    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"colour\"\r\n\r\nred\r\n--x--\r\n", "unknown_parameter")]
    public async Task A_form_that_is_malformed_is_one_clear_answer(string type, string body, string code)
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var response = await server.Client.PostAsync("v1/images/edits", content);

        Assert.That(Code(await ReadAsync(response, HttpStatusCode.BadRequest)), Is.EqualTo(code));
    }

    [TestCase("image")]
    [TestCase("mask")]
    public async Task The_picture_that_can_not_be_read_is_named(string damaged)
    {
        await using var server = await ApiServer.StartAsync(Folder.Path);
        var good = new Picture(64, 64, new byte[64 * 64 * 3]).Encode(PictureFormat.Png);
        using var form = new MultipartFormDataContent { { new StringContent("a house"), "prompt" } };
        foreach (var name in new[] { "image", "mask" })
        {
            form.Add(new ByteArrayContent(name == damaged ? good[..40] : good), name, $"{name}.png");
        }

        using var response = await server.Client.PostAsync("v1/images/edits", form);

        var error = (await ReadAsync(response, HttpStatusCode.BadRequest)).GetProperty("error");
        Assert.That((error.GetProperty("param").GetString(), error.GetProperty("code").GetString()), Is.EqualTo((damaged, "invalid_image")));
    }

    [Test]
    public async Task While_a_model_is_loaded_clients_are_told_to_come_again_and_the_host_is_not_ready()
    {
        await using var server = await ApiServer.StartLoadingAsync(Folder.Path, services: services => services.Remove(services.Single(service => service.ImplementationType == typeof(ModelLoading))));

        var answer = await PostAsync(server.Client, "v1/images/generations", new { prompt = "a house" }, HttpStatusCode.ServiceUnavailable);
        using var ready = await server.Client.GetAsync("health/ready");
        using var live = await server.Client.GetAsync("health/live");

        Assert.Multiple(() =>
        {
            Assert.That(Code(answer), Is.EqualTo("model_loading"));
            Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [Test]
    public async Task A_model_that_can_not_be_loaded_makes_the_host_unhealthy_and_tells_clients_no_paths()
    {
        await using var server = await ApiServer.StartLoadingAsync(Folder.Path, options => options.Models["cloud"].Path = Folder.File("missing"));
        Assert.That(async () => await server.Services.GetRequiredService<HostedModels>().GetAsync("cloud"), Throws.InstanceOf<DiffusionXException>());

        var answer = await PostAsync(server.Client, "v1/images/generations", new { prompt = "a house" }, HttpStatusCode.ServiceUnavailable);
        using var health = await server.Client.GetAsync("health");
        var text = await health.Content.ReadAsStringAsync();

        Assert.Multiple(() =>
        {
            Assert.That(Code(answer), Is.EqualTo("model_not_loaded"));
            Assert.That(health.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(answer + text, Does.Not.Contain(Folder.Path));
        });
    }

    private static async Task<string> AskAsync(ApiServer server, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/images/generations") { Content = Json("not read") };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var response = await server.Client.SendAsync(request);
        return Code(await ReadAsync(response, HttpStatusCode.Unauthorized));
    }

    private static async Task WaitForDrawingAsync(ApiServer server)
    {
        var gate = server.Services.GetRequiredService<RequestGate>();
        await Eventually.Holds(() => gate.Free == 0, "the one turn is taken");
    }
}
