using DiffusionX.Cli.Shipped;
using DiffusionX.Tests.Cli;
using Microsoft.Playwright;

namespace DiffusionX.Tests.Studio;

[TestFixture]
[Category("Browser")]
public sealed class CloudLossTests
{
    [Test]
    [Platform("Unix", Reason = "diffusionx serve is ended by a signal.")]
    public async Task A_cloud_that_is_killed_in_the_middle_is_stood_in_for_until_it_is_back()
    {
        var root = Path.GetFullPath(Path.Combine(ShippedModels.Find(ShippedModels.Cloud), "..", "..", ".."));
        var address = $"tcp://127.0.0.1:{RunningServer.FreePort()}";
        var cloud = await RunningServer.StartAsync(root, "--listen", address, "--monitoring-port", "0");
        await using var studio = await StudioPage.OpenAsync();
        await studio.DrawAsync("a red house under a yellow moon");
        await studio.SetCloudAsync(address);

        // Anew and larger: long enough to be killed in.
        await studio.BeginAnewAsync("""{ "size": "512x512" }""");
        await studio.DrawAsync("a red house under a yellow moon");
        await studio.Page.ClickAsync("#refine");
        await studio.SaysAsync("The cloud refines: step");

        cloud.Dispose();
        await studio.Page.Locator("#report", new PageLocatorOptions { HasTextString = "The cloud is away" }).WaitForAsync();
        using var again = await RunningServer.StartAsync(root, "--listen", address, "--monitoring-port", "0");
        await studio.Page.ClickAsync("#refine-later");
        await studio.Page.Locator("#report", new PageLocatorOptions { HasTextString = "Refined in the cloud" }).WaitForAsync();
        var finals = (await studio.SessionAsync()).GetProperty("finals").EnumerateArray().Select(final => final.GetProperty("report").GetProperty("place").GetString());

        Assert.That(finals, Is.EqualTo(new[] { "edge", "cloud" }));
        Assert.That(studio.Errors, Is.Empty);
    }

    [Test]
    public async Task Without_a_cloud_the_device_refines()
    {
        await using var studio = await StudioPage.OpenAsync();
        await studio.DrawAsync("a red house under a yellow moon");
        await studio.SetAsync("set-cloud", "none");

        await studio.Page.ClickAsync("#refine");
        await studio.Page.WaitForSelectorAsync("#report:visible");

        Assert.That(await studio.Page.InnerTextAsync("#report"), Does.StartWith("Refined on this device"));
    }
}
