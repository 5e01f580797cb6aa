using System.Net.Http.Json;
using System.Text.Json;

namespace DiffusionX.Tests.Studio;

[TestFixture]
[Category("Browser")]
public sealed class ManySessionsTests
{
    [Test]
    public async Task Twenty_sessions_draw_at_once_and_a_page_beside_them()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Browser.Url) };
        await using var studio = await StudioPage.OpenAsync();

        var others = Enumerable.Range(0, 20).Select(seed => DrawAsync(http, seed)).ToArray();
        await studio.DrawAsync("a red house under a yellow moon");
        var rounds = await Task.WhenAll(others);

        Assert.That(rounds, Is.All.EqualTo(2));
        Assert.That(studio.Errors, Is.Empty);
    }

    private static async Task<int> DrawAsync(HttpClient http, int seed)
    {
        var session = (await PostAsync(http, "v1/sessions", new { seed, steps = 6 })).GetProperty("id").GetString();
        using var events = await http.GetAsync($"v1/sessions/{session}/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        foreach (var prompt in new[] { "a blue boat at sea", "a blue boat at sea, at night" })
        {
            await PostAsync(http, $"v1/sessions/{session}/rounds", new { prompt, background = true });
            while (await reader.ReadLineAsync() is { } line && line != "event: session.round.completed")
            {
                Assert.That(line, Is.Not.EqualTo("event: session.round.failed"));
            }
        }

        var state = await http.GetFromJsonAsync<JsonElement>($"v1/sessions/{session}");
        await http.DeleteAsync($"v1/sessions/{session}");
        return state.GetProperty("rounds").GetArrayLength();
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
