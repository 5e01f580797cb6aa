using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Tests.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Cli;

/// <summary>LoRAs and textual inversions on the command line.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class LoraArgumentsTests
{
    private const string Layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";

    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteModelsAndLoras()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        MiniModelXL.WriteCloud(folder.File("xl"));
        MiniModel.Write(folder.File("weights/scenes/edge"));
        MiniModel.Write(folder.File("weights/scenes/cloud"));
        Directory.CreateDirectory(folder.File("loras"));
        LoraWriter.Write(folder.File("loras/film.safetensors"), (Layer, 32, 32));
        WriteConcept("toy.safetensors", ("emb_params", 32));
        WriteConcept("toy-xl.safetensors", ("clip_l", 32), ("clip_g", 48));
        folder.Write("rounds.txt", "a (red:1.3) house\n");
    }

    [OneTimeTearDown]
    public void DeleteThem() => folder.Dispose();

    [Test]
    public async Task A_LoRA_that_a_prompt_names_is_looked_up_in_the_folder()
    {
        var named = await GenerateAsync("mini", "named.png", "a cat <lora:film:0.8>", "--lora-folder", folder.File("loras"));
        var given = await GenerateAsync("mini", "given.png", "a cat ", "--lora", folder.File("loras/film.safetensors") + ":0.8");
        var plain = await GenerateAsync("mini", "plain.png", "a cat ");

        Assert.Multiple(() =>
        {
            Assert.That((named.ExitCode, given.ExitCode, plain.ExitCode), Is.EqualTo((0, 0, 0)), named.Error + given.Error);
            Assert.That(named.Error, Does.Not.Contain("not applied"));
            Assert.That(Pixels("named.png"), Is.EqualTo(Pixels("given.png")));
            Assert.That(Pixels("named.png"), Is.Not.EqualTo(Pixels("plain.png")));
        });
    }

    [TestCase("a cat <lora:grain>", "no grain.safetensors")]
    [TestCase("a cat <lora:../loras/film>", "no ../loras/film.safetensors")]
    [TestCase("a cat <lora:film:0.8:0.5>", "has one strength here")]
    public async Task A_LoRA_that_can_not_be_taken_from_the_folder_is_an_error(string prompt, string expected)
    {
        var result = await GenerateAsync("mini", "none.png", prompt, "--lora-folder", folder.File("loras"));

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain(expected));
    }

    [TestCase("mini", "toy")]
    [TestCase("xl", "toy-xl")]
    public async Task A_textual_inversion_changes_the_pictures_of_prompts_with_its_word(string model, string concept)
    {
        string[] embedding = ["--embedding", folder.File($"{concept}.safetensors")];
        var result = await GenerateAsync(model, "taught.png", $"a {concept}", embedding);
        await GenerateAsync(model, "untaught.png", $"a {concept}");
        await GenerateAsync(model, "taught-without.png", "a cat", embedding);
        await GenerateAsync(model, "without.png", "a cat");

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(Pixels("taught.png"), Is.Not.EqualTo(Pixels("untaught.png")));
            Assert.That(Pixels("taught-without.png"), Is.EqualTo(Pixels("without.png")), "other prompts are read as before");
        });
    }

    [Test]
    public async Task A_session_has_its_LoRA_on_both_ends_and_weighs_its_prompts()
    {
        var with = await PlayAsync("with", "--lora", "loras/film.safetensors:0.8");
        var without = await PlayAsync("without");

        Assert.Multiple(() =>
        {
            Assert.That((with.ExitCode, without.ExitCode), Is.EqualTo((0, 0)), with.Error + without.Error);
            Assert.That(with.Output, Does.Contain("in the cloud, by cloud").And.Contain("'red' 1.3"));
            Assert.That(Pixels("with/final.png"), Is.Not.EqualTo(Pixels("without/final.png")));
        });
    }

    [Test]
    public async Task A_LoRA_that_a_round_names_is_on_both_ends_for_that_round()
    {
        folder.Write("named.txt", "a (red:1.3) house <lora:film:0.8>\n");

        var named = await PlayAsync("named", "--script", "named.txt", "--lora-folder", "loras");
        var given = await PlayAsync("given", "--lora", "loras/film.safetensors:0.8");
        var unknown = await PlayAsync("unknown", "--script", "named.txt");

        Assert.Multiple(() =>
        {
            Assert.That(named.ExitCode, Is.Zero, named.Error);
            Assert.That(named.Output, Does.Contain("in the cloud, by cloud").And.Not.Contain("not applied"));
            Assert.That(unknown.Output, Does.Contain("not applied"));
            Assert.That(Pixels("named/final.png"), Is.EqualTo(Pixels("given/final.png")), given.Error);
            Assert.That(Pixels("named/final.png"), Is.Not.EqualTo(Pixels("unknown/final.png")));
        });
    }

    [Test]
    [Platform("Unix", Reason = "SIGTERM is Unix's.")]
    public async Task A_server_refines_with_the_LoRAs_that_it_was_given()
    {
        using var server = await RunningServer.StartAsync(
            folder.Path, "--listen", "tcp://127.0.0.1:0", "--monitoring-port", "0", "--lora", "loras/film.safetensors");

        var alone = await PlayAsync("alone", "--lora", "loras/film.safetensors:0.8");
        var served = await PlayAsync("served", "--lora", "loras/film.safetensors:0.8", "--cloud", server.Address);

        Assert.That(served.Output, Does.Contain("in the cloud, by cloud"), served.Error);
        Assert.That(Pixels("served/final.png"), Is.EqualTo(Pixels("alone/final.png")), alone.Error);
    }

    private void WriteConcept(string name, params (string Key, int Width)[] vectors)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(folder.File(name), vectors.ToDictionary(vector => vector.Key, vector => ones([2, vector.Width])));
    }

    private byte[] Pixels(string picture) => Picture.Load(folder.File(picture)).Pixels.ToArray();

    private Task<ProgramResult> GenerateAsync(string model, string picture, string prompt, params string[] more) => DiffusionXProgram.RunInAsync(
        folder.Path, ["generate", prompt, "--model", folder.File(model), "--seed", "1", "--steps", "2", "--out", folder.File(picture), .. more]);

    private Task<ProgramResult> PlayAsync(string output, params string[] more)
    {
        Directory.CreateDirectory(folder.File(output));
        return DiffusionXProgram.RunInAsync(folder.Path, ["play", .. more.Contains("--script") ? [] : (string[])["--script", "rounds.txt"], "--seed", "1", "--out", output, .. more]);
    }
}
