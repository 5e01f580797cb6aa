using System.Diagnostics;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class PlayCommandTests : MiniPairTests
{
    [Test]
    public async Task A_script_draws_its_rounds_and_ends_with_the_refined_picture()
    {
        var (result, output) = await PlayAsync("a red house", "a red house, at night");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("> a red house, at night\nround 2: ").And.Contain("from round 1 with strength"));
            Assert.That(result.Output, Does.Contain("in the cloud, by cloud").And.Contain("Float16Latent, 512 bytes").And.Contain("Uplink"));
            Assert.That(Picture.ReadText(Path.Combine(output, "final.png"))["prompt"], Is.EqualTo("a red house, at night"));
            Assert.That(Picture.Load(Path.Combine(output, "rounds.png")).Width, Is.EqualTo((3 * 64) + (2 * 4)));
        });
    }

    [Test]
    public async Task A_session_can_branch_off_from_an_earlier_round()
    {
        var (result, _) = await PlayAsync("# three rounds, then elsewhere", "a", "b", "/undo", "", "c", "/back 2", "d", "/undo", "/undo", "/undo", "/quit");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Match("round 3: .* from round 1 ").And.Match("round 4: .* from round 2 ").And.Contain("Back at the beginning"));
        });
    }

    [Test]
    public async Task A_prompt_after_a_mask_redraws_a_region_alone()
    {
        var mask = Folder.File("left.png");
        new Picture(2, 1, [255, 255, 255, 0, 0, 0]).Save(mask);

        var (result, _) = await PlayAsync("a red house", $"/mask {mask}", "a boat", "a cat", "/back 2");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Match("round 2: .* from round 1 with strength 1.00, a region alone").And.Match("round 3: .* from round 2 with strength 0.[0-9]* in"));
        });
    }

    [Test]
    public async Task A_session_starts_from_a_picture()
    {
        var (_, output) = await PlayAsync("a red house", "/save house.png", "/quit");
        File.Move(Folder.File("house.png"), Path.Combine(output, "house.png"));

        var (result, _) = await PlayAsync($"/start {Path.Combine(output, "house.png")}", "a boat", "/undo", "a cat");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Match("round 2: .* from round 1 with strength 0.75").And.Match("round 3: .* from round 1 "));
    }

    [Test]
    public async Task Weights_may_stay_in_half_precision()
    {
        var (_, whole) = await PlayAsync("a red house");
        var output = NewOutput();

        var result = await DiffusionXProgram.RunInAsync(Folder.Path, "play", "--half-weights", "--seed", "7", "--steps", "4", "--script", Script("a red house"), "--out", output);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.Load(Path.Combine(output, "final.png")).Pixels.ToArray(), Is.Not.EqualTo(Picture.Load(Path.Combine(whole, "final.png")).Pixels.ToArray()));
    }

    [Test]
    public async Task Another_seed_draws_another_picture()
    {
        var (result, output) = await PlayAsync("a", "/save out/first.png", "/undo", "/seed 123", "a", "/save out/second.png", "/quit");

        Assert.Multiple(() =>
        {
            Assert.That(result.Output, Does.Contain("seed 123"));
            Assert.That(File.ReadAllBytes(Path.Combine(output, "second.png")), Is.Not.EqualTo(File.ReadAllBytes(Path.Combine(output, "first.png"))));
            Assert.That(File.Exists(Path.Combine(output, "final.png")), Is.False);
        });
    }

    [Test]
    public async Task A_saved_session_goes_on_where_it_stood()
    {
        var (first, output) = await PlayAsync("a red house", "/save", "/final");

        var again = await DiffusionXProgram.RunInAsync(
            Folder.Path, "play", "--session", Path.Combine(output, "session.dxs"), "--script", Script("/final"), "--out", Directory.CreateDirectory(Path.Combine(output, "again")).FullName);

        Assert.Multiple(() =>
        {
            Assert.That((first.ExitCode, again.ExitCode), Is.EqualTo((0, 0)), again.Error);
            Assert.That(Picture.Load(Path.Combine(output, "again", "final.png")), Is.SamePictureAs(Picture.Load(Path.Combine(output, "final.png"))));
        });
    }

    [Test]
    public async Task Lines_can_come_through_a_pipe()
    {
        using var program = DiffusionXProgram.StartIn(Folder.Path, "play", "--out", NewOutput(), "--steps", "2");
        await program.StandardInput.WriteAsync("a red house\n/help\n/quit\n");
        program.StandardInput.Close();

        var result = await DiffusionXProgram.FinishAsync(program);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("round 1: 2 steps from noise").And.Contain("/back N"));
        });
    }

    [Test]
    public async Task An_error_in_a_script_does_not_lose_the_rounds_before_it()
    {
        var (result, output) = await PlayAsync("a red house", "/fly");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.Output, Does.Contain("The session is kept"));
            Assert.That(File.Exists(Path.Combine(output, "session.dxs")), Is.True);
            Assert.That(File.Exists(Path.Combine(output, "rounds.png")), Is.True);
        });
    }

    [Test]
    [Platform("Unix", Reason = "SIGINT is Unix's.")]
    public async Task Ctrl_C_does_not_lose_the_rounds_before_it()
    {
        var output = NewOutput();
        using var program = DiffusionXProgram.StartIn(Folder.Path, "play", "--out", output, "--steps", "2");
        await program.StandardInput.WriteAsync("a red house\n");
        await program.StandardInput.FlushAsync();
        await WaitForRoundAsync(program);

        using var interrupt = Process.Start("kill", ["-INT", $"{program.Id}"]);
        var result = await DiffusionXProgram.FinishAsync(program);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(130), result.Error);
            Assert.That(File.Exists(Path.Combine(output, "session.dxs")), Is.True);
            Assert.That(File.Exists(Path.Combine(output, "rounds.png")), Is.True);
        });
    }

    [TestCase("/fly", "There is no /fly")]
    [TestCase("/back 7", "There is no round 7")]
    [TestCase("/back", "/back takes the number of a round")]
    [TestCase("/seed many", "/seed takes a whole number")]
    [TestCase("/undo", "nothing to undo")]
    [TestCase("/final", "no draft to refine")]
    [TestCase("/save preview.png", "no preview to save")]
    [TestCase("/mask no-mask.png", "no-mask.png")]
    [TestCase("/save missing/session.dxs", "session.dxs")]
    public async Task What_a_script_asks_in_vain_ends_it_with_one_readable_line(string line, string named)
    {
        var (result, _) = await PlayAsync(line);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    [TestCase("--script missing.txt", 1, "missing.txt can't be read")]
    [TestCase("--out missing", 1, "There is no folder missing")]
    [TestCase("--edge missing", 1, "There is no folder missing")]
    [TestCase("--edge-strength missing", 1, "There is no folder missing")]
    [TestCase("--cloud-strength missing", 1, "There is no folder missing")]
    [TestCase("--session missing.dxs", 1, "missing.dxs")]
    [TestCase("--cloud nowhere", 1, "'nowhere' is not an address")]
    [TestCase("--cloud tcp://127.0.0.1:1", 1, "127.0.0.1:1")]
    [TestCase("--token-file missing.txt", 1, "token can't be read")]
    [TestCase("--steps 0", 1, "Steps")]
    [TestCase("--link pigeon", 2, "pigeon")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, int exitCode, string named)
    {
        string[] given = [.. arguments.Split(' ')];

        var result = await DiffusionXProgram.RunInAsync(Folder.Path, ["play", .. given.Contains("--script") ? [] : new[] { "--script", Script("a") }, .. given]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    private static async Task WaitForRoundAsync(Process program)
    {
        while (await program.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("round 1:", StringComparison.Ordinal))
        {
        }
    }

    private async Task<(ProgramResult Result, string Output)> PlayAsync(params string[] lines)
    {
        var output = NewOutput();
        var script = Script([.. lines.Select(line => line.Replace("out/", output + "/", StringComparison.Ordinal))]);
        return (await DiffusionXProgram.RunInAsync(Folder.Path, "play", "--script", script, "--seed", "7", "--steps", "4", "--out", output), output);
    }

    private string Script(params string[] lines) => Folder.Write($"{Guid.NewGuid():N}.txt", string.Join('\n', lines));

    private string NewOutput() => Directory.CreateDirectory(Folder.File($"{Guid.NewGuid():N}")).FullName;
}
