using DiffusionX.Cli.Shipped;
using DiffusionX.Hosting.Models;
using DiffusionX.Studio;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DiffusionX.Tests.Studio;

/// <summary>One Chromium and one studio, with the models that come with the program, for all tests of the page.</summary>
[SetUpFixture]
public sealed class Browser
{
    private static TemporaryFolder folder = null!;
    private static IPlaywright playwright = null!;
    private static IBrowser browser = null!;
    private static WebApplication studio = null!;

    /// <summary>Where the studio is.</summary>
    internal static string Url => studio.Urls.First();

    /// <summary>Opens a window of its own, with nothing in it.</summary>
    internal static Task<IBrowserContext> OpenAsync(BrowserNewContextOptions options) => browser.NewContextAsync(options);

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var chromium = Find();
        folder = new TemporaryFolder();
        studio = await StartStudioAsync(folder.File("sessions"));
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        if (studio is not null)
        {
            await studio.StopAsync();
            await studio.DisposeAsync();
        }

        folder?.Dispose();
    }

    private static async Task<WebApplication> StartStudioAsync(string sessions)
    {
        var app = StudioHost.Build(new StudioSettings
        {
            Url = new Uri("http://127.0.0.1:0"),
            EdgeFolder = ShippedModels.Find(ShippedModels.Edge),
            CloudFolder = ShippedModels.Find(ShippedModels.Cloud),
            StrengthFolder = ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.EdgeStrength),
            SessionsFolder = sessions,
            CloudPatience = TimeSpan.FromSeconds(1),
        });
        await app.StartAsync();
        await app.Services.GetRequiredService<HostedModels>().GetAsync("cloud");
        return app;
    }

    private static string Find()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(place => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(place, name)))
            .FirstOrDefault(File.Exists);
        if (found is null)
        {
            const string Missing = "There is no Chromium, in which the studio is tested: run eng/install-test-tools.sh, or apt-get install chromium.";
            if (Environment.GetEnvironmentVariable("DIFFUSIONX_TEST_TOOLS") == "required")
            {
                Assert.Fail(Missing);
            }

            Assert.Ignore(Missing);
        }

        return found!;
    }
}
