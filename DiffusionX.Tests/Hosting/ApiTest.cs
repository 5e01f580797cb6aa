using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace DiffusionX.Tests.Hosting;

/// <summary>What tests of the API have in common: the mini models, and reading answers.</summary>
public abstract class ApiTest
{
    private protected TemporaryFolder Folder { get; private set; } = null!;

    [OneTimeSetUp]
    public void WriteModels()
    {
        Folder = new TemporaryFolder();
        ApiServer.WriteModels(Folder.Path);
    }

    [OneTimeTearDown]
    public void DeleteModels() => Folder.Dispose();

    private protected static async Task<JsonElement> PostAsync(HttpClient client, string path, object? body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = body is null ? await client.PostAsync(path, null) : await client.PostAsJsonAsync(path, body);
        return await ReadAsync(response, expected);
    }

    private protected static async Task<JsonElement> GetAsync(HttpClient client, string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await client.GetAsync(path);
        return await ReadAsync(response, expected);
    }

    private protected static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(expected), text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The events of a streamed answer, each with its name and what it carries.</summary>
    private protected static async Task<List<(string Name, JsonElement Data)>> StreamAsync(HttpClient client, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body as HttpContent ?? JsonContent.Create(body) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), text);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(ReadEvent)];
    }

    private protected static string Code(JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetString()!;

    private protected static byte[] Bytes(JsonElement answer) => answer.GetProperty("b64_json").GetBytesFromBase64();

    private protected static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static (string Name, JsonElement Data) ReadEvent(string text)
    {
        var lines = text.Split('\n');
        return (lines[0]["event: ".Length..], JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement);
    }
}
