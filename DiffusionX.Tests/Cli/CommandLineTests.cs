using DiffusionX.Imaging;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

/// <summary>How the words and numbers of a command line are read.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class CommandLineTests
{
    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteAMiniModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        folder.Write("words", "-n 2");
    }

    [OneTimeTearDown]
    public void DeleteIt() => folder.Dispose();

    [TestCase("@artgerm style portrait")]
    [TestCase("@words", Description = "the name of a file")]
    public async Task A_prompt_that_begins_with_an_at_sign_is_a_prompt(string prompt)
    {
        var result = await GenerateAsync(prompt, "--negative", "@watermark");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.ReadText(folder.File("x.png"))["Prompt"], Is.EqualTo(prompt));
        Assert.That(Picture.ReadText(folder.File("x.png"))["Negative prompt"], Is.EqualTo("@watermark"));
    }

    [Test]
    public async Task After_two_dashes_a_prompt_may_begin_with_one()
    {
        var result = await GenerateAsync("--", "-cat");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.ReadText(folder.File("x.png"))["Prompt"], Is.EqualTo("-cat"));
    }

    [TestCase("--unknown")]
    [TestCase("--unknown", "--", "-cat")]
    public async Task An_unknown_option_is_no_prompt(params string[] arguments)
    {
        var result = await GenerateAsync(["a", .. arguments]);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("'--unknown'"));
    }

    [TestCase("18446744073709551615", "18446744073709551615")]
    [TestCase("9223372036854775808", "9223372036854775808")]
    [TestCase("-2", "18446744073709551614")]
    [TestCase("0", "0")]
    public async Task Seeds_have_64_bits(string seed, string written)
    {
        var result = await GenerateAsync("a", "--seed", seed);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.ReadText(folder.File("x.png"))["Seed"], Is.EqualTo(written));
        Assert.That(result.Output, Does.Contain($"(seed {written})"));
    }

    [Test]
    public async Task Minus_one_is_another_seed_each_time()
    {
        await GenerateAsync("a", "--seed", "-1");
        var first = Picture.ReadText(folder.File("x.png"))["Seed"];

        var result = await GenerateAsync("a", "--seed", "-1");

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.ReadText(folder.File("x.png"))["Seed"], Is.Not.EqualTo(first));
    }

    [TestCase("--guidance", "7,5")]
    [TestCase("--guidance", "1,000")]
    [TestCase("--guidance", "NaN")]
    [TestCase("--guidance", "")]
    [TestCase("--strength", "0,5")]
    [TestCase("--steps", "1,000")]
    [TestCase("--steps", "2.5")]
    [TestCase("--steps", "99999999999")]
    [TestCase("--seed", "abc")]
    [TestCase("--seed", "18446744073709551616")]
    [TestCase("--scheduler", "abc")]
    public async Task What_is_no_number_is_refused_in_plain_words(string option, string value)
    {
        var result = await GenerateAsync("a", option, value);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.Error);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(option).And.All.Contains($"'{value}'").And.None.Contains("System."));
    }

    [Test]
    public async Task A_comma_is_no_decimal_point_in_any_language()
    {
        string[] arguments = ["generate", "a", "-m", folder.File("mini"), "--steps", "1", "--guidance", "1.5", "-o", folder.File("x.png")];

        var result = await DiffusionXProgram.RunWithAsync("LANG", "de_DE.UTF-8", arguments);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(Picture.ReadText(folder.File("x.png"))["Guidance scale"], Is.EqualTo("1.5"));
    }

    [TestCase("help", "diffusionx [command]")]
    [TestCase("help generate", "diffusionx generate")]
    [TestCase("help train scenes", "diffusionx train scenes")]
    public async Task Help_is_a_command_too(string arguments, string usage)
    {
        var result = await DiffusionXProgram.RunAsync(arguments.Split(' '));

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain(usage).And.Contain("Examples:"));
    }

    [Test]
    public async Task There_is_no_help_for_what_is_no_command()
    {
        var result = await DiffusionXProgram.RunAsync("help", "paint");

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("'paint'"));
    }

    [TestCase()]
    [TestCase("--verbose")]
    public async Task What_a_message_quotes_can_not_steer_the_terminal(params string[] options)
    {
        var result = await DiffusionXProgram.RunAsync(["generate", "a", "-m", "\u001b[2J\u001b]0;pwned\u0007", .. options]);

        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("pwned"));
        Assert.That(result.Error.Where(character => char.IsControl(character) && character != '\n'), Is.Empty);
    }

    private Task<ProgramResult> GenerateAsync(params string[] arguments) => DiffusionXProgram.RunInAsync(
        folder.Path, ["generate", "-m", "mini", "-o", "x.png", .. arguments.Contains("--steps") ? [] : new[] { "--steps", "1" }, .. arguments]);
}
