using System.Diagnostics;
using System.Text.Json;
using DiffusionX.Imaging;
using DiffusionX.Tests.Cli;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Hosting;

/// <summary>OpenAI's client for JavaScript, unchanged. eng/install-test-tools.sh installs it.</summary>
public sealed class NodeClientTests : ServedScenes
{
    [Test]
    public async Task It_streams_three_looks_at_a_picture_and_the_picture()
    {
        var folder = Path.Combine(ReferenceFolder.ProjectRoot, "DiffusionX.Tests", "Hosting", "npm");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "openai")))
        {
            Assert.Ignore("npm's openai is not installed: run eng/install-test-tools.sh, which takes node and npm (apt-get install npm).");
        }

        var result = await RunAsync(folder, "stream.mjs", Api, "cloud", "3");
        var events = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(events.Select(each => each.GetProperty("type").GetString()), Is.EqualTo(new[]
            {
                "image_generation.partial_image", "image_generation.partial_image", "image_generation.partial_image", "image_generation.completed",
            }));
            Assert.That(events.Select(each => Picture.Decode(each.GetProperty("picture").GetBytesFromBase64()).Width), Is.All.EqualTo(128));
        });
    }

    private static async Task<ProgramResult> RunAsync(string folder, params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        return await DiffusionXProgram.FinishAsync(node);
    }
}
