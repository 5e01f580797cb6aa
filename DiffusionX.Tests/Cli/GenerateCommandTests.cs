using System.Diagnostics;
using DiffusionX.Imaging;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class GenerateCommandTests
{
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteAMiniModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        Directory.CreateDirectory(folder.File("broken"));
        MiniModel.Write(folder.File("broken"));
        folder.Write("broken/unet/diffusion_pytorch_model.safetensors", new byte[200]);
        folder.Write("no-picture.png", "this is no picture");
        MiniModel.Write(folder.File("weights/scenes/cloud"));
        folder.Write("weights/scenes/cloud/generation_config.json", """{"guidance_scale": 3, "steps": 2}""");
    }

    [OneTimeTearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public async Task It_writes_a_picture_that_carries_its_settings()
    {
        var path = folder.File("a.png");

        var result = await GenerateAsync("--prompt", "a red house", "--seed", "1", "--steps", "3", "--out", path);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain(path).And.Contain("seed 1"));
            Assert.That(Picture.Load(path).Width, Is.EqualTo(64));
            Assert.That(Picture.ReadText(path)["Prompt"], Is.EqualTo("a red house"));
            Assert.That(Picture.ReadText(path)["Seed"], Is.EqualTo("1"));
        });
    }

    [Test]
    public async Task The_same_seed_gives_the_same_bytes()
    {
        await GenerateAsync("--prompt", "a red house", "--seed", "5", "--steps", "3", "--out", folder.File("first.png"));
        await GenerateAsync("--prompt", "a red house", "--seed", "5", "--steps", "3", "--out", folder.File("second.png"));

        Assert.That(await File.ReadAllBytesAsync(folder.File("second.png")), Is.EqualTo(await File.ReadAllBytesAsync(folder.File("first.png"))));
    }

    [Test]
    public async Task A_picture_can_be_changed_and_several_can_be_drawn()
    {
        await GenerateAsync("--prompt", "a", "--seed", "1", "--steps", "2", "--out", folder.File("start.png"));

        var result = await GenerateAsync(
            "--prompt", "b", "--init", folder.File("start.png"), "--strength", "0.6", "--steps", "5", "-n", "2", "--seed", "3", "--out", folder.File("b.png"));

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Error, Does.Contain("3 steps"));
            Assert.That(File.Exists(folder.File("b-1.png")) && File.Exists(folder.File("b-2.png")), Is.True);
        });
    }

    [Test]
    public async Task A_prompt_is_enough_the_model_and_its_settings_come_with_the_program()
    {
        var below = Directory.CreateDirectory(folder.File("a/b")).FullName;

        var result = await DiffusionXProgram.RunInAsync(below, "generate", "a red house");

        var text = Picture.ReadText(Path.Combine(below, "picture.png"));
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.StartWith("picture.png  (seed "));
            Assert.That(text["Prompt"], Is.EqualTo("a red house"));
            Assert.That((text["Steps"], text["Guidance scale"]), Is.EqualTo(("2", "3")));
        });
    }

    [Test]
    public async Task A_picture_without_a_name_never_replaces_another()
    {
        var folderOfTwo = Directory.CreateDirectory(folder.File("two")).FullName;
        await DiffusionXProgram.RunInAsync(folderOfTwo, "generate", "a red house", "--seed", "1");
        var first = await File.ReadAllBytesAsync(Path.Combine(folderOfTwo, "picture.png"));

        await DiffusionXProgram.RunInAsync(folderOfTwo, "generate", "a red house", "-n", "2", "--seed", "2");

        Assert.Multiple(() =>
        {
            Assert.That(Directory.GetFiles(folderOfTwo).Select(Path.GetFileName), Is.EquivalentTo(new[] { "picture.png", "picture-2.png", "picture-3.png" }));
            Assert.That(File.ReadAllBytes(Path.Combine(folderOfTwo, "picture.png")), Is.EqualTo(first));
        });
    }

    [Test]
    public async Task A_grid_has_a_row_for_each_prompt()
    {
        var path = folder.File("grid.png");

        var result = await DiffusionXProgram.RunInAsync(
            folder.Path, "generate", "a red house", "a blue boat", "--model", "mini", "-n", "3", "--steps", "1", "--seed", "4", "--grid", path);

        var grid = Picture.Load(path);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That((grid.Width, grid.Height), Is.EqualTo(((3 * 64) + (2 * 4), (2 * 64) + 4)));
            Assert.That(Picture.ReadText(path)["Prompt"], Is.EqualTo("a red house\na blue boat"));
            Assert.That(Picture.ReadText(path)["Seed"], Is.EqualTo("4 to 6"));
            Assert.That(File.Exists(folder.File("picture.png")), Is.False);
        });
    }

    [Test]
    public async Task A_grid_of_one_prompt_is_square_and_its_pictures_can_be_kept()
    {
        var result = await GenerateAsync("a", "-n", "4", "--steps", "1", "--grid", folder.File("square.png"), "--out", folder.File("kept.png"));

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(Picture.Load(folder.File("square.png")).Width, Is.EqualTo((2 * 64) + 4));
            Assert.That(File.Exists(folder.File("kept-4.png")), Is.True);
        });
    }

    [Test]
    public async Task Without_a_prompt_it_says_how_to_give_one()
    {
        var result = await DiffusionXProgram.RunAsync("generate");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("diffusionx generate \"a red house"));
        });
    }

    [Test]
    public async Task A_preview_file_shows_where_the_drawing_is_heading()
    {
        await GenerateAsync("--prompt", "a", "--steps", "3", "--preview", folder.File("preview.png"), "--out", folder.File("p.png"));

        Assert.That(Picture.Load(folder.File("preview.png")).Width, Is.EqualTo(8));
    }

    [TestCase("--width 63", "Width is 63")]
    [TestCase("--init no-picture.png", "no-picture.png")]
    [TestCase("--init missing.png", "missing.png")]
    [TestCase("--init a-start.png --strength 1.5", "strength is 1.5")]
    [TestCase("--steps 0", "0 steps")]
    [TestCase("--steps 5000", "5000 steps")]
    [TestCase("--device cuda:7", "cuda:7")]
    [TestCase("--out missing/x.png", "folder does not exist")]
    [TestCase("--out x.gif", ".gif")]
    [TestCase("--model missing", "There is no folder")]
    [TestCase("--model broken", "diffusion_pytorch_model.safetensors")]
    [TestCase("--tokenizer broken", "vocab.json")]
    [TestCase("--variant fp16", "fp16")]
    public async Task What_can_not_be_done_is_one_readable_line_and_a_failure(string arguments, string named)
    {
        await GenerateAsync("--prompt", "a", "--seed", "1", "--steps", "1", "--out", folder.File("a-start.png"));
        string[] given = [.. arguments.Split(' ').Select(word => word.Contains('.', StringComparison.Ordinal) && !char.IsDigit(word[0]) || word is "missing" or "broken" or "missing/x.png" ? folder.File(word) : word)];

        var result = await GenerateAsync(["--prompt", "a", .. given]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named), result.Error);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    [TestCase("--steps three")]
    [TestCase("--unknown")]
    public async Task What_can_not_be_understood_is_one_readable_line_and_a_usage_failure(string arguments)
    {
        var result = await GenerateAsync(["--prompt", "a", .. arguments.Split(' ')]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.ErrorLines, Is.Not.Empty);
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    [Test]
    [Platform("Unix", Reason = "SIGINT is Unix's.")]
    public async Task Ctrl_C_ends_the_run_with_one_line_and_writes_nothing()
    {
        var path = folder.File("interrupted.png");
        using var program = DiffusionXProgram.Start(
            "generate", "--model", folder.File("mini"), "--prompt", "a", "--steps", "1000", "--width", "512", "--height", "512", "--out", path);
        await WaitForProgressAsync(program);

        using var interrupt = Process.Start("kill", ["-INT", $"{program.Id}"]);
        var result = await DiffusionXProgram.FinishAsync(program);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(130));
            Assert.That(result.ErrorLines, Is.EqualTo(new[] { "diffusionx: cancelled." }));
            Assert.That(File.Exists(path), Is.False);
        });
    }

    [Test]
    [Platform("Unix", Reason = "SIGINT is Unix's.")]
    public async Task Ctrl_C_leaves_the_pictures_that_are_finished()
    {
        using var program = DiffusionXProgram.Start(
            "generate", "a", "b", "--model", folder.File("mini"), "--scheduler", "Ddim", "--steps", "100", "--width", "128", "--height", "128",
            "--out", folder.File("finished.png"));
        while (!File.Exists(folder.File("finished-1.png")) && !program.HasExited)
        {
            await Task.Delay(20);
        }

        using var interrupt = Process.Start("kill", ["-INT", $"{program.Id}"]);
        var result = await DiffusionXProgram.FinishAsync(program);

        Assert.That(result.ExitCode, Is.EqualTo(130), result.Error);
        Assert.That(result.Output, Does.Contain("finished-1.png"));
        Assert.That(Picture.Load(folder.File("finished-1.png")).Width, Is.EqualTo(128));
    }

    [Test]
    public async Task A_name_that_is_too_long_is_refused_before_drawing()
    {
        var result = await GenerateAsync("a", "-n", "2", "--out", folder.File(new string('a', 250) + ".png"));

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("file systems take"));
        Assert.That(result.Error, Does.Not.Contain("Loading"));
    }

    [Test]
    public async Task What_a_mask_covers_is_redrawn_and_the_rest_stays()
    {
        new Picture(64, 64, new byte[64 * 64 * 3]).Save(folder.File("dark.png"));
        new Picture(2, 1, [255, 255, 255, 0, 0, 0]).Save(folder.File("left.png"));
        string[] common = ["--init", folder.File("dark.png"), "--mask", folder.File("left.png"), "--steps", "2", "--seed", "1"];

        var result = await GenerateAsync(["a", .. common, "--out", folder.File("a-masked.png")]);
        await GenerateAsync(["b", .. common, "--out", folder.File("b-masked.png")]);

        var (one, other) = (Picture.Load(folder.File("a-masked.png")), Picture.Load(folder.File("b-masked.png")));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(one, Is.Not.SamePictureAs(other));
        Assert.That(Picture.ReadText(folder.File("a-masked.png"))["Mask"], Is.EqualTo("left.png"));
        Assert.That(Picture.ReadText(folder.File("a-masked.png"))["Strength"], Is.EqualTo("1"));
    }

    [Test]
    public async Task A_picture_is_drawn_on_beside_itself()
    {
        new Picture(64, 64, new byte[64 * 64 * 3]).Save(folder.File("dark.png"));

        var result = await GenerateAsync("a", "--init", folder.File("dark.png"), "--outpaint", "16,0,8,0", "--steps", "2", "--out", folder.File("wide.png"));

        var drawn = Picture.Load(folder.File("wide.png"));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That((drawn.Width, drawn.Height), Is.EqualTo((88, 64)));
        Assert.That(Picture.ReadText(folder.File("wide.png"))["Outpaint"], Is.EqualTo("16,0,8,0"));
    }

    [TestCase("--mask m.png", "--init")]
    [TestCase("--outpaint 8,8,8,8", "--init")]
    [TestCase("--init a.png --outpaint 8,8", "64,0,64,0")]
    [TestCase("--init a.png --outpaint 0,0,0,0", "64,0,64,0")]
    [TestCase("--init a.png --outpaint 8,-8,0,0", "64,0,64,0")]
    public async Task A_mask_or_a_canvas_that_makes_no_sense_is_refused(string arguments, string named)
    {
        var result = await GenerateAsync(["a", .. arguments.Split(' ')]);

        Assert.That((result.ExitCode, result.ErrorLines.Length), Is.EqualTo((2, 1)), result.Error);
        Assert.That(result.Error, Does.Contain(named));
    }

    [Test]
    public async Task Weights_can_be_kept_in_half_precision()
    {
        var result = await GenerateAsync("a", "--half-weights", "--steps", "2", "--out", folder.File("half.png"));

        Assert.That(result.ExitCode, Is.Zero, result.Error);
    }

    [Test]
    public async Task A_large_picture_to_start_from_is_scaled_to_the_models_size()
    {
        new Picture(403, 302, new byte[403 * 302 * 3]).Save(folder.File("photo.png"));

        var result = await GenerateAsync("a", "--init", folder.File("photo.png"), "--steps", "2", "--out", folder.File("scaled.png"));

        var drawn = Picture.Load(folder.File("scaled.png"));
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That((drawn.Width, drawn.Height), Is.EqualTo((72, 56)));
        Assert.That(result.Error, Does.Contain("403 × 302 pixels are scaled to 72 × 56"));
    }

    [Test]
    public async Task A_size_of_the_users_own_comes_before_the_models()
    {
        new Picture(403, 302, new byte[403 * 302 * 3]).Save(folder.File("photo.png"));

        var result = await GenerateAsync(
            "a", "--init", folder.File("photo.png"), "--width", "96", "--height", "32", "--steps", "2", "--out", folder.File("own.png"));

        var drawn = Picture.Load(folder.File("own.png"));
        Assert.That((drawn.Width, drawn.Height), Is.EqualTo((96, 32)));
        Assert.That(result.Error, Does.Not.Contain("scaled"));
    }

    [TestCase("a (red:1.4) cat", "Plain", "weights")]
    [TestCase("a cat <lora:film-grain:0.8>", "Plain", "LoRA")]
    [TestCase("a cat <lora:film-grain:0.8>", "Weighted", "'film-grain', which is not applied")]
    [TestCase("a [cat|dog]", "Weighted", "[cat|dog] is taken for words")]
    public async Task Syntax_of_other_programs_that_is_not_read_is_mentioned(string prompt, string syntax, string mentioned)
    {
        var result = await GenerateAsync(prompt, "--steps", "1", "--prompt-syntax", syntax);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Error, Does.Contain(mentioned));
    }

    [Test]
    public async Task Words_are_weighed_unless_the_prompt_is_read_as_plain_words()
    {
        var weighed = await GenerateAsync("a (red:1.6) cat", "--seed", "1", "--steps", "2", "--out", folder.File("weighed.png"));
        await GenerateAsync("a red cat", "--seed", "1", "--steps", "2", "--out", folder.File("even.png"));

        Assert.That(weighed.Error, Does.Contain("'red' 1.6"));
        Assert.That(Picture.Load(folder.File("weighed.png")), Is.Not.SamePictureAs(Picture.Load(folder.File("even.png"))));
    }

    [Test]
    public async Task Words_that_do_not_fit_are_named()
    {
        var prompt = string.Join(' ', Enumerable.Repeat("cat", 25)) + " on a mat";

        var result = await GenerateAsync(prompt, "--steps", "1", "--prompt-syntax", "Plain");

        Assert.That(result.Error, Does.Contain("\"on a mat\""));
    }

    // The last component is announced just before the drawing begins.
    private static async Task WaitForProgressAsync(Process program)
    {
        while (await program.StandardError.ReadLineAsync() is { } line && !line.Contains("vae", StringComparison.Ordinal))
        {
        }
    }

    private Task<ProgramResult> GenerateAsync(params string[] arguments) => DiffusionXProgram.RunAsync(
        ["generate", .. arguments.Contains("--model") ? [] : new[] { "--model", folder.File("mini") }, .. arguments.Contains("--out") ? [] : new[] { "--out", folder.File("out.png") }, .. arguments]);
}
