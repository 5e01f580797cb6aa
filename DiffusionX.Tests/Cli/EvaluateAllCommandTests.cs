using DiffusionX.Imaging;
using DiffusionX.Tests.Evaluation.Quality;
using DiffusionX.Tests.Imaging;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class EvaluateAllCommandTests
{
    [Test]
    public async Task The_report_has_the_papers_tables_plots_and_a_grid_of_sessions()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("weights/scenes/edge"));
        MiniModel.Write(folder.File("weights/scenes/cloud"));
        MiniJudge.Write(folder.File("judge"));
        MiniClip.Write(folder.File("clip"));
        WriteTruePictures(folder);

        var result = await DiffusionXProgram.RunInAsync(
            folder.Path, "evaluate", "all", "--out", "out", "--sessions", "3", "--steps", "4", "--link", "unlimited", "--judge", "judge", "--clip", "clip", "--reference", "true");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        var page = await File.ReadAllTextAsync(folder.File("out/RESULTS.md"));
        var grid = Picture.Load(folder.File("out/sessions.png"));
        Assert.Multiple(() =>
        {
            Assert.That(page, Does.Contain("## Table 1").And.Contain("## Table 2").And.Contain("## Table 3").And.Contain("## Table 4"));
            Assert.That(page, Does.Contain("## What each part saves and costs").And.Contain("## Quality beside the cloud alone").And.Contain("judged fidelity"));
            Assert.That(page, Does.Match(@"\| \w+ \| DiffusionX, fixed strength \| \d+ \| 0\.80 \| 0\.00 \|"), "how much noise which change got");
            Assert.That(page, Does.Contain("| Tiny-SD | 45.482 | 0.249 | 13.800 | edge only |").And.Contain("seed 1").And.Contain("Machine: "));
            Assert.That(File.ReadLines(folder.File("out/table-2.csv")).ElementAt(1), Does.StartWith("Stable Diffusion v1.5,14.15,cloud only,"));
            Assert.That((grid.Width, grid.Height), Is.EqualTo(((5 * 64) + (4 * 4), (3 * 64) + (2 * 4))), "three rounds, the refined picture, the cloud's; three sessions");
            foreach (var plot in new[] { "quality-against-time", "strength-against-distance", "time-shares" })
            {
                Assert.That(File.Exists(folder.File($"out/{plot}.png")) && File.Exists(folder.File($"out/{plot}.svg")), Is.True, plot);
            }
        });
    }

    private static void WriteTruePictures(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File("true"));
        for (var i = 0; i < 4; i++)
        {
            Pictures.Noise(128, 128, seed: i).Save(folder.File($"true/{i}.png"));
        }
    }
}
