using System.Text.Json;
using DiffusionX.Imaging;
using Microsoft.Playwright;

namespace DiffusionX.Tests.Studio;

[TestFixture]
[Category("Browser")]
public sealed class StudioTests
{
    private StudioPage studio = null!;

    private IPage Page => studio.Page;

    [SetUp]
    public async Task Open() => studio = await StudioPage.OpenAsync();

    [TearDown]
    public async Task Close()
    {
        await studio.DisposeAsync();
        Assert.That(studio.Errors, Is.Empty);
    }

    [Test]
    public async Task A_session_of_rounds_with_undo_branch_mask_comparison_and_final_picture_survives_a_reload()
    {
        await studio.DrawAsync("a red house under a yellow moon");
        await studio.DrawAsync("a red house under a yellow moon, at night");
        await Page.ClickAsync("#undo");
        await studio.RoundAsync(1);
        var branched = await studio.DrawAsync("a red house under a blue moon");
        await PaintAsync();
        var masked = await studio.DrawAsync("a red house and a green tree under a blue moon");
        await Page.Locator("[data-round='2']").DragToAsync(Page.Locator("[data-round='4']"));
        await Page.WaitForSelectorAsync("#compare:visible");
        var compared = await Page.InnerTextAsync("#tag-left") + " and " + await Page.InnerTextAsync("#tag-right");
        await Page.Keyboard.PressAsync("Escape");
        await Page.ClickAsync("#refine");
        await Page.WaitForSelectorAsync("#report:visible");
        await studio.ReloadAsync();
        await Page.WaitForSelectorAsync("#report:visible");
        var session = await studio.SessionAsync();

        Assert.Multiple(() =>
        {
            Assert.That(Numbers(session, "parent"), Is.EqualTo(new int?[] { null, 1, 1, 3 }));
            Assert.That(branched.GetProperty("masked").GetBoolean(), Is.False);
            Assert.That(masked.GetProperty("masked").GetBoolean(), Is.True);
            Assert.That(compared, Is.EqualTo("round 2 and round 4"));
            Assert.That(session.GetProperty("finals")[0].GetProperty("report").GetProperty("place").GetString(), Is.EqualTo("cloud"));
            Assert.That(session.GetProperty("current_round").GetInt32(), Is.EqualTo(4));
        });
        Assert.That(await Page.InnerTextAsync("#report"), Does.Contain("kept of the draft"));
        Assert.That(await Page.InputValueAsync("#prompt"), Is.EqualTo("a red house and a green tree under a blue moon"));
    }

    [Test]
    public async Task What_the_brush_leaves_out_stays()
    {
        await studio.ChooseSeedAsync(7);
        await studio.DrawAsync("a red house under a yellow moon");
        await PaintAsync();
        await studio.DrawAsync("a red house under a blue star");

        var (before, after) = (await studio.PixelsAsync(1), await studio.PixelsAsync(2));

        // The brush went along the top. Below it the latent is the same.
        var differences = before.Zip(after, (one, other) => Math.Abs(one - other)).ToArray();
        Assert.That(differences[..(before.Length / 3)].Average(), Is.GreaterThan(5));
        Assert.That(differences[(before.Length / 2)..].Average(), Is.LessThan(0.2));
    }

    [Test]
    public async Task A_reload_in_the_middle_of_a_round_shows_it_go_on()
    {
        await studio.DrawAsync("a blue boat at sea");

        // Some seconds: a reload takes less, and the end can be waited for.
        await studio.BeginAnewAsync("""{ "size": "512x512", "steps": 20 }""");
        await studio.BeginAsync("a yellow tree on a hill");
        await studio.SaysAsync("Drawing, step");

        await studio.ReloadAsync();
        var running = await Page.WaitForSelectorAsync("#cancel:visible");
        await studio.SaysAsync("Drawing, step");
        var prompt = await Page.InputValueAsync("#prompt");
        await studio.RoundAsync(2);

        Assert.That(running, Is.Not.Null);
        Assert.That(prompt, Is.EqualTo("a yellow tree on a hill"));
        Assert.That(await studio.RoundsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Escape_stops_a_round_and_the_session_is_as_it_was()
    {
        await studio.DrawAsync("a blue boat at sea");
        await studio.MakeNextRoundLongAsync();
        await studio.BeginAsync("a yellow tree on a hill");

        await Page.Keyboard.PressAsync("Escape");
        await studio.SaysAsync("Stopped");

        Assert.That(await studio.RoundsAsync(), Is.EqualTo(1));
        Assert.That((await studio.SessionAsync()).TryGetProperty("current_round", out _), Is.False);
    }

    [Test]
    public async Task Two_tabs_show_the_same_session()
    {
        await studio.DrawAsync("a blue boat at sea");
        var other = await studio.OpenTabAsync();
        await other.RoundAsync(1);

        await studio.DrawAsync("a blue boat at sea, at night");
        await other.RoundAsync(2);
        await other.Page.ClickAsync("#undo");
        await studio.RoundAsync(1);

        Assert.That(await other.RoundsAsync(), Is.EqualTo(2));
        Assert.That(other.Errors, Is.Empty);
    }

    [Test]
    public async Task Changed_words_are_marked_and_the_dial_shows_the_predictors_choice_until_it_is_moved()
    {
        await studio.DrawAsync("a red house under a yellow moon");
        await Page.FillAsync("#prompt", "a red house under a blue moon");
        var words = await Page.Locator("#echo mark").AllInnerTextsAsync();
        await Page.WaitForFunctionAsync("() => !document.getElementById('strength').disabled && document.getElementById('strength').value < 1");
        var predicted = await Page.InnerTextAsync("#dial-origin");

        await Page.FillAsync("#strength", "0.25");
        var moved = await Page.InnerTextAsync("#dial-origin");
        var round = await studio.DrawAsync("a red house under a blue moon");

        Assert.Multiple(() =>
        {
            Assert.That(words, Is.EqualTo(new[] { "blue" }));
            Assert.That(predicted, Is.EqualTo("chosen by the predictor"));
            Assert.That(moved, Does.StartWith("yours"));
            Assert.That(round.GetProperty("strength").GetDouble(), Is.EqualTo(0.25));
        });
    }

    [Test]
    public async Task Two_seeds_are_drawn_from_one_round_to_choose_from()
    {
        await studio.DrawAsync("a red house");
        await Page.FillAsync("#prompt", "a red house and a blue tree");

        await Page.ClickAsync("#ab");
        await Page.ClickAsync("#take-a");
        await studio.RoundAsync(2);
        var session = await studio.SessionAsync();

        Assert.That(Numbers(session, "parent"), Is.EqualTo(new int?[] { null, 1, 1 }));
        Assert.That(session.GetProperty("rounds")[1].GetProperty("seed").GetInt64(), Is.Not.EqualTo(session.GetProperty("rounds")[2].GetProperty("seed").GetInt64()));
    }

    [Test]
    public async Task A_saved_picture_that_is_dropped_on_the_page_opens_its_session_where_it_stood()
    {
        await studio.DrawAsync("a red house under a yellow moon");
        await studio.DrawAsync("a red house under a yellow moon, at night");
        await Page.ClickAsync("[data-round='1']");
        await studio.RoundAsync(1);
        await Page.ClickAsync("#open-export");
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync("#save-picture"));
        var png = await File.ReadAllBytesAsync(await download.PathAsync());
        var url = Page.Url;
        await Page.ClickAsync("#new");
        await Page.WaitForSelectorAsync("#stage.empty");

        await Page.EvaluateAsync(
            """
            base64 => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], 'picture.png', { type: 'image/png' }));
              document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
            }
            """,
            Convert.ToBase64String(png));
        await studio.RoundAsync(1);

        Assert.That(download.SuggestedFilename, Is.EqualTo("a-red-house-under-a-yellow-moon.png"));
        Assert.That(Page.Url, Is.EqualTo(url));
        Assert.That(await studio.RoundsAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Sessions_are_listed_opened_and_deleted()
    {
        await studio.DrawAsync("a white bird over a hill");
        await Page.ClickAsync("#new");
        await Page.ClickAsync("#open-sessions");
        var card = Page.Locator("#gallery li", new PageLocatorOptions { HasTextString = "a white bird over a hill" });

        await card.Locator(".card").ClickAsync();
        await studio.RoundAsync(1);
        await Page.ClickAsync("#open-sessions");
        await card.Locator(".delete").ClickAsync();
        await card.Locator(".delete").ClickAsync();
        await card.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });

        Assert.That(await Page.GetAttributeAsync("#stage", "class"), Does.Contain("empty"));
    }

    [Test]
    public async Task The_strip_of_rounds_has_them_all()
    {
        await studio.DrawAsync("a red house");
        await studio.DrawAsync("a red house at night");
        await Page.ClickAsync("#open-export");

        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync("#save-strip"));
        var strip = Picture.Decode(await File.ReadAllBytesAsync(await download.PathAsync()));

        Assert.That(strip.Width, Is.EqualTo(16 + (2 * (256 + 16))));
    }

    [Test]
    public async Task The_keyboard_reaches_the_tree_and_compares()
    {
        await studio.DrawAsync("a red house");
        await studio.DrawAsync("a red house at night");
        await Page.FocusAsync("[data-round='2']");

        await Page.Keyboard.PressAsync("c");
        await Page.Keyboard.PressAsync("ArrowUp");
        await Page.Keyboard.PressAsync("c");
        await Page.WaitForSelectorAsync("#compare:visible");
        await Page.Keyboard.PressAsync("ArrowRight");
        var value = await Page.GetAttributeAsync("#compare-slider", "aria-valuetext");
        await Page.Keyboard.PressAsync("Escape");
        await Page.FocusAsync("[data-round='1']");
        await Page.Keyboard.PressAsync("Enter");
        await studio.RoundAsync(1);

        Assert.That(value, Is.EqualTo("51 % round 2"));
    }

    [Test]
    public async Task It_speaks_German_where_the_browser_does()
    {
        await using var german = await StudioPage.OpenAsync(new BrowserNewContextOptions { Locale = "de-DE" });

        Assert.That(await german.Page.InnerTextAsync("#draw span"), Is.EqualTo("Zeichnen"));
        Assert.That(await german.Page.GetAttributeAsync("html", "lang"), Is.EqualTo("de"));
    }

    [Test]
    public async Task A_session_that_is_not_there_is_said_so()
    {
        await studio.GoAsync(Browser.Url + "?session=session_nobody");

        await Page.Locator("#trouble", new PageLocatorOptions { HasTextString = "This session is not here" }).WaitForAsync();
    }

    private async Task PaintAsync()
    {
        await Page.ClickAsync("#brush");
        var box = (await Page.Locator("#mask").BoundingBoxAsync())!;
        await Page.Mouse.MoveAsync(box.X + (box.Width * 0.1f), box.Y + (box.Height * 0.15f));
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync(box.X + (box.Width * 0.9f), box.Y + (box.Height * 0.15f), new MouseMoveOptions { Steps = 4 });
        await Page.Mouse.UpAsync();
    }

    private static int?[] Numbers(JsonElement session, string name) =>
        [.. session.GetProperty("rounds").EnumerateArray().Select(round => round.TryGetProperty(name, out var number) ? number.GetInt32() : (int?)null)];
}
