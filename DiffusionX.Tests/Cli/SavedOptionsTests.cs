using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Cli;

/// <summary>Options from a file and from the environment, and what shells complete.</summary>
[TestFixture]
public sealed class SavedOptionsTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void WriteMiniModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("weights/scenes/cloud"));
    }

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public async Task The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        folder.Write("diffusionx.json", """{"seed": 3, "generate": {"steps": 3, "out": "file.png"}}""");

        var file = await DiffusionXProgram.RunInAsync(folder.Path, "generate", "a house", "--json");
        var line = await DiffusionXProgram.RunInAsync(folder.Path, "generate", "a house", "--json", "--steps", "2", "--out", "line.png");

        Assert.Multiple(() =>
        {
            Assert.That(file.Output, Does.Contain("\"steps\":3").And.Contain("\"path\":\"file.png\"").And.Contain("\"seed\":3"), file.Error);
            Assert.That(line.Output, Does.Contain("\"steps\":2").And.Contain("\"path\":\"line.png\"").And.Contain("\"seed\":3"), line.Error);
        });
    }

    [Test]
    public async Task The_environment_has_options_too()
    {
        var output = folder.File("environment.png");

        var result = await DiffusionXProgram.RunWithAsync("DIFFUSIONX_GENERATE_OUT", output, "generate", "a house", "--steps", "2", "--model", folder.File("weights/scenes/cloud"));

        Assert.That(File.Exists(output), result.Error);
    }

    [TestCase("""{"stepps": 3}""", "'stepps'")]
    [TestCase("""{"generate": {"listen": "x"}}""", "'listen'")]
    [TestCase("""{"paint": {"steps": 3}}""", "'paint'")]
    [TestCase("""{"steps": 3""", "can't be read")]
    [TestCase("[]", "JSON object")]
    public async Task What_the_file_gets_wrong_is_named(string content, string named)
    {
        folder.Write("diffusionx.json", content);

        var result = await DiffusionXProgram.RunInAsync(folder.Path, "generate", "a house");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains(named).And.All.Contains("diffusionx.json"), result.Error);
        });
    }

    [TestCase("bash", "complete -o default -F _diffusionx diffusionx")]
    [TestCase("zsh", "compdef _diffusionx diffusionx")]
    [TestCase("fish", "complete -c diffusionx")]
    [TestCase("pwsh", "Register-ArgumentCompleter")]
    public async Task Shells_are_told_how_to_complete(string shell, string expected)
    {
        var result = await DiffusionXProgram.RunAsync("completions", shell);

        Assert.That(result.Output, Does.Contain(expected));
    }

    [Test]
    public async Task What_completes_a_line_is_asked_of_the_program()
    {
        var result = await DiffusionXProgram.RunAsync("[suggest:18]", "diffusionx generat");

        Assert.That(result.Output.Split('\n'), Does.Contain("generate"));
    }
}
