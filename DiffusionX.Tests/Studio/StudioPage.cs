using System.Text.Json;
using Microsoft.Playwright;

namespace DiffusionX.Tests.Studio;

/// <summary>The studio in a window of its own, as a person uses it. Errors on the page are failures of the test.</summary>
internal sealed class StudioPage : IAsyncDisposable
{
    private readonly IBrowserContext window;
    private readonly List<string> errors = [];

    private StudioPage(IBrowserContext window, IPage page)
    {
        this.window = window;
        Page = page;
        Watch(page);
    }

    public IPage Page { get; }

    /// <summary>What the page complained about in the browser's console.</summary>
    public IReadOnlyList<string> Errors => errors;

    public static async Task<StudioPage> OpenAsync(BrowserNewContextOptions? options = null, string query = "")
    {
        var window = await Browser.OpenAsync(options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 860 }, Locale = "en-US" });
        var studio = new StudioPage(window, await window.NewPageAsync());
        await studio.GoAsync(Browser.Url + query);
        return studio;
    }

    /// <summary>Another tab of the same window, at the same address.</summary>
    public async Task<StudioPage> OpenTabAsync()
    {
        var tab = new StudioPage(window, await window.NewPageAsync());
        await tab.GoAsync(Page.Url);
        return tab;
    }

    public async Task GoAsync(string url)
    {
        await Page.GotoAsync(url);
        await Page.WaitForSelectorAsync("html[data-ready]", new PageWaitForSelectorOptions { State = WaitForSelectorState.Attached });
    }

    public async Task ReloadAsync()
    {
        await Page.ReloadAsync();
        await Page.WaitForSelectorAsync("html[data-ready]", new PageWaitForSelectorOptions { State = WaitForSelectorState.Attached });
    }

    /// <summary>Types a prompt, presses Enter, and waits for the round.</summary>
    /// <returns>The round as the API tells of it.</returns>
    public async Task<JsonElement> DrawAsync(string prompt)
    {
        var before = await RoundsAsync();
        await BeginAsync(prompt);
        await RoundAsync(before + 1);
        return (await SessionAsync()).GetProperty("rounds")[before];
    }

    /// <summary>Types a prompt and presses Enter.</summary>
    public async Task BeginAsync(string prompt)
    {
        await Page.FillAsync("#prompt", prompt);
        await Page.PressAsync("#prompt", "Enter");
    }

    /// <summary>Waits until a round is shown, and nothing is being drawn.</summary>
    public async Task RoundAsync(int number)
    {
        await Page.WaitForSelectorAsync($"[data-round='{number}'][aria-current=true]:not(.pending)");
        await Page.WaitForSelectorAsync("#draw:visible");
    }

    /// <summary>How many rounds the tree has.</summary>
    public Task<int> RoundsAsync() => Page.Locator(".round:not(.pending)").CountAsync();

    /// <summary>What the page says below the prompt.</summary>
    public Task<string> StatusAsync() => Page.InnerTextAsync("#status");

    /// <summary>Waits until the page says something.</summary>
    public Task SaysAsync(string text) => Page.Locator("#status", new PageLocatorOptions { HasTextString = text }).WaitForAsync();

    /// <summary>The session as the API tells of it.</summary>
    public async Task<JsonElement> SessionAsync() => (await Page.EvaluateAsync("() => fetch('/v1/sessions/' + new URLSearchParams(location.search).get('session')).then(answer => answer.json())"))!.Value;

    /// <summary>The pixels of a round's picture: red, green, blue and opacity of each.</summary>
    public async Task<int[]> PixelsAsync(int round) => (await Page.EvaluateAsync<int[]>(
        """
        async round => {
          const image = new Image();
          image.src = `/v1/sessions/${new URLSearchParams(location.search).get('session')}/rounds/${round}/image`;
          await image.decode();
          const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
          context.drawImage(image, 0, 0);
          return [...context.getImageData(0, 0, image.width, image.height).data];
        }
        """,
        round))!;

    /// <summary>Stands before the first round, and has the next one take more seconds than a test, which stops it.</summary>
    public Task MakeNextRoundLongAsync() => BeginAnewAsync("""{ "size": "1024x1024", "steps": 20 }""");

    /// <summary>Stands before the first round, with other settings.</summary>
    public async Task BeginAnewAsync(string settings)
    {
        await ChangeAsync(settings);
        await Page.ClickAsync("#undo");
        await Page.WaitForSelectorAsync("#stage.empty");
    }

    /// <summary>Chooses the seed of the session that the first round will begin.</summary>
    public async Task ChooseSeedAsync(int seed)
    {
        await Page.ClickAsync("#open-settings");
        await Page.FillAsync("#set-seed", $"{seed}");
        await Page.PressAsync("#set-seed", "Tab");
        await Page.Keyboard.PressAsync("Escape");
    }

    /// <summary>Changes a setting in the drawer.</summary>
    public async Task SetAsync(string field, string value)
    {
        await Page.ClickAsync("#open-settings");
        var answer = Page.WaitForResponseAsync(response => response.Request.Method == "PATCH");
        await Page.EvaluateAsync("([id, value]) => { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event('change')); }", new[] { field, value });
        Assert.That((await answer).Status, Is.EqualTo(200));
        await Page.Keyboard.PressAsync("Escape");
    }

    /// <summary>Chooses a cloud at an address.</summary>
    public async Task SetCloudAsync(string address)
    {
        await Page.ClickAsync("#open-settings");
        await Page.SelectOptionAsync("#set-cloud", "address");
        await Page.FillAsync("#set-address", address);
        await Page.RunAndWaitForResponseAsync(() => Page.PressAsync("#set-address", "Tab"), response => response.Request.Method == "PATCH" && response.Ok);
        await Page.Keyboard.PressAsync("Escape");
    }

    public async ValueTask DisposeAsync() => await window.DisposeAsync();

    // As any program can: the page has no field for some of them.
    private async Task ChangeAsync(string settings) => Assert.That(
        await Page.EvaluateAsync<int>(
            "body => fetch('/v1/sessions/' + new URLSearchParams(location.search).get('session'), { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body }).then(answer => answer.status)",
            settings),
        Is.EqualTo(200));

    private void Watch(IPage page)
    {
        page.SetDefaultTimeout(20_000);
        page.PageError += (_, error) => errors.Add(error);
        page.Console += (_, message) =>
        {
            // A request that is refused is shown on the page, and a server that is away too.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                errors.Add(message.Text);
            }
        };
    }
}
