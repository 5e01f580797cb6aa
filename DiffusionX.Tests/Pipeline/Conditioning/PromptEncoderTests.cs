using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline.Conditioning;

[TestFixture]
public sealed class PromptEncoderTests
{
    private const int Length = 77;

    private TemporaryFolder folder = null!;
    private PipelineComponents parts = null!;

    [OneTimeSetUp]
    public void Load()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        parts = new DiffusionModelLoader(ModelFolder.Open(folder.File("mini")), new DiffusionModelOptions(), null).Load();
    }

    [OneTimeTearDown]
    public void Delete()
    {
        parts.Dispose();
        folder.Dispose();
    }

    [Test]
    public void A_prompt_without_weights_is_the_same_in_both_syntaxes()
    {
        using var scope = NewDisposeScope();

        Assert.That(Encode("a cat, on a mat", PromptSyntax.Weighted), Is.EqualTo(Encode("a cat, on a mat", PromptSyntax.Plain)));
        Assert.That(Encode(@"a \(cat\)", PromptSyntax.Weighted), Is.EqualTo(Encode("a (cat)", PromptSyntax.Plain)));
    }

    [Test]
    public void Weights_change_what_the_UNet_reads_and_keep_its_mean()
    {
        using var scope = NewDisposeScope();

        var plain = Encode("a cat", PromptSyntax.Plain);
        var weighed = Encode("a (cat:1.4)", PromptSyntax.Weighted);

        Assert.That(weighed, Is.Not.EqualTo(plain));
        Assert.That(weighed.Average(), Is.EqualTo(plain.Average()).Within(1e-6));
    }

    [Test]
    public void Each_chunk_of_a_long_prompt_is_encoded_by_itself()
    {
        using var scope = NewDisposeScope();
        var width = Encode("a", PromptSyntax.Plain).Length / Length;

        var both = Encode("a cat BREAK a (mat:1.2)", PromptSyntax.Weighted);

        Assert.That(both, Has.Length.EqualTo(2 * Length * width));
        Assert.That(both[..(Length * width)], Is.EqualTo(Encode("a cat", PromptSyntax.Weighted)).Within(1e-5));
        Assert.That(both[(Length * width)..], Is.EqualTo(Encode("a (mat:1.2)", PromptSyntax.Weighted)).Within(1e-5));
    }

    [Test]
    public void The_shorter_one_of_two_prompts_is_filled_up_with_empty_chunks()
    {
        using var scope = NewDisposeScope();
        var empty = Encode("", PromptSyntax.Plain);

        var (prompt, negative) = parts.Prompts.Encode("a BREAK b BREAK c", "blurred", PromptSyntax.Weighted);

        Assert.That(negative!.Context.shape, Is.EqualTo(prompt.Context.shape));
        Assert.That(prompt.Context.shape[1], Is.EqualTo(3 * Length));
        Assert.That(negative.Context.narrow(1, 2 * Length, Length).contiguous().data<float>().ToArray(), Is.EqualTo(empty));
    }

    [Test]
    public void Without_guidance_no_negative_prompt_is_encoded()
    {
        using var scope = NewDisposeScope();

        Assert.That(parts.Prompts.Encode("a", null, PromptSyntax.Plain).Negative, Is.Null);
    }

    [Test]
    public async Task A_long_prompt_is_drawn_whole_with_weights_and_cut_without()
    {
        using var model = await DiffusionModel.LoadAsync(folder.File("mini"));
        var request = new GenerationRequest { Prompt = string.Join(' ', Enumerable.Repeat("cat", 30)) + " on a mat", Steps = 1, Width = 64, Height = 64 };

        var cut = await model.GenerateAsync(request);
        var whole = await model.GenerateAsync(request with { PromptSyntax = PromptSyntax.Weighted });

        Assert.That((cut.PromptTokensCut, cut.PromptWordsCut), Is.EqualTo((21, "cat cat cat cat cat on a mat")));
        Assert.That((whole.PromptTokensCut, whole.PromptWordsCut), Is.EqualTo((0, "")));
        Assert.That(whole.Images[0].Picture, Is.Not.SamePictureAs(cut.Images[0].Picture));
    }

    [Test]
    public async Task An_absurd_weight_is_refused_by_the_run()
    {
        using var model = await DiffusionModel.LoadAsync(folder.File("mini"));
        var request = new GenerationRequest { Prompt = "a (cat:1000)", PromptSyntax = PromptSyntax.Weighted, Steps = 1 };

        Assert.That(async () => await model.GenerateAsync(request), Throws.TypeOf<PromptException>().With.Message.Contains("weight"));
    }

    private float[] Encode(string prompt, PromptSyntax syntax) => parts.Prompts.Encode(prompt, null, syntax).Prompt.Context.data<float>().ToArray();
}
