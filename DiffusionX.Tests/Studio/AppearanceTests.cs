using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using DiffusionX.Tests.Reference;
using Microsoft.Playwright;

namespace DiffusionX.Tests.Studio;

/// <summary>
/// What the page looks like, to a person and to a screen reader. The pictures are for a person to look at: they lie in the folder that
/// DIFFUSIONX_SCREENSHOTS names, or in screenshots beside the tests.
/// </summary>
[TestFixture]
[Category("Browser")]
public sealed class AppearanceTests
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("DIFFUSIONX_SCREENSHOTS") ?? Path.Combine(TestContext.CurrentContext.TestDirectory, "screenshots");

    private static readonly AxeRunOptions Contrast = new() { RunOnly = RunOnlyOptions.Rules("color-contrast") };

    [TestCase("desktop", 1280, 860)]
    [TestCase("telephone", 390, 844)]
    public async Task It_has_no_serious_fault_of_accessibility_and_fits(string name, int width, int height)
    {
        Directory.CreateDirectory(Folder);
        await using var studio = await StudioPage.OpenAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = ColorScheme.Dark,
            Locale = "en-US",
            ReducedMotion = ReducedMotion.Reduce,
        });
        var faults = new List<string>();
        await LookAsync("empty");
        await PlayAsync(studio);
        await LookAsync("final");
        await studio.Page.ClickAsync("#open-settings");
        await LookAsync("settings");
        await studio.Page.Keyboard.PressAsync("Escape");
        await studio.Page.ClickAsync("#open-sessions");
        await studio.Page.WaitForSelectorAsync("#gallery .card");
        await LookAsync("sessions");
        await studio.Page.Keyboard.PressAsync("Escape");
        var overflow = await studio.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

        Assert.Multiple(() =>
        {
            Assert.That(faults, Is.Empty, string.Join(Environment.NewLine, faults));
            Assert.That(overflow, Is.Zero, "the page is wider than its window");
            Assert.That(studio.Errors, Is.Empty);
        });

        async Task LookAsync(string state)
        {
            foreach (var (theme, rules) in new[] { ("dark", new AxeRunOptions()), ("light", Contrast) })
            {
                await studio.Page.EvaluateAsync("theme => document.documentElement.dataset.theme = theme", theme);
                await studio.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"studio-{name}-{theme}-{state}.png"), FullPage = state == "final" });
                var result = await studio.Page.RunAxe(rules);
                faults.AddRange(result.Violations.Where(fault => fault.Impact is "serious" or "critical").Select(fault => $"{state}, {theme}: {fault.Id}: {fault.Help}: {string.Join("; ", fault.Nodes.Select(node => node.Html))}"));
            }
        }
    }

    /// <summary>The picture that README.md begins with: <c>eng/screenshot-studio.sh</c> makes it.</summary>
    [Test]
    [Explicit("It writes docs/studio.png.")]
    public async Task The_picture_of_the_readme()
    {
        const string Prompt = "a red house under a yellow moon";
        await using var studio = await StudioPage.OpenAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1180, Height = 1010 }, ColorScheme = ColorScheme.Dark, Locale = "en-US" });
        await studio.ChooseSeedAsync(2);
        await studio.DrawAsync(Prompt);
        await studio.DrawAsync($"{Prompt}, at night");
        await studio.DrawAsync($"{Prompt} and a blue boat, at night");
        await studio.Page.ClickAsync("[data-round='2']");
        await studio.RoundAsync(2);
        await studio.DrawAsync($"{Prompt} and a green tree, at night");
        await studio.Page.ClickAsync("#refine");
        await studio.Page.WaitForSelectorAsync("#report:visible");
        await studio.Page.FillAsync("#prompt", $"{Prompt} and a white tree, at night");
        await studio.Page.WaitForFunctionAsync("() => document.querySelector('#echo mark')");
        await studio.Page.EvaluateAsync("() => document.activeElement.blur()");
        await studio.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(ReferenceFolder.ProjectRoot, "docs", "studio.png"), FullPage = true });
    }

    private static async Task PlayAsync(StudioPage studio)
    {
        await studio.DrawAsync("a blue boat and a yellow sun at sea");
        await studio.SetAsync("set-seed", "14");
        await studio.DrawAsync("a blue boat and a yellow sun at sea, at night");
        await studio.Page.ClickAsync("[data-round='1']");
        await studio.RoundAsync(1);
        await studio.DrawAsync("a blue boat and a red moon at sea");
        await studio.Page.ClickAsync("#refine");
        await studio.Page.WaitForSelectorAsync("#report:visible");
        await studio.Page.FillAsync("#prompt", "a blue boat and a white moon at sea");
        await studio.Page.WaitForFunctionAsync("() => document.querySelector('#echo mark')");
    }
}
