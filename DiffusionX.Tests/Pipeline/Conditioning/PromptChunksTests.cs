using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Tests.Tokenizers;
using DiffusionX.Tokenizers;

namespace DiffusionX.Tests.Pipeline.Conditioning;

[TestFixture]
public sealed class PromptChunksTests
{
    private TemporaryFolder folder = null!;
    private ClipTokenizer tokenizer = null!;

    [OneTimeSetUp]
    public void Load()
    {
        folder = SmallVocabulary.Write();
        tokenizer = ClipTokenizer.Load(folder.Path);
    }

    [OneTimeTearDown]
    public void Delete() => folder.Dispose();

    [TestCase("")]
    [TestCase("a cat")]
    [TestCase("a (cat), on a mat")]
    public void A_short_prompt_without_weights_is_the_one_chunk_that_it_always_was(string prompt)
    {
        var chunks = Chunk(prompt, PromptSyntax.Plain);

        Assert.That(chunks.Chunks, Has.Count.EqualTo(1));
        Assert.That(chunks.Chunks[0].Ids, Is.EqualTo(tokenizer.EncodePadded(prompt)));
        Assert.That(chunks.Chunks[0].IsUnweighted);
        Assert.That((chunks.TokensCut, chunks.WordsCut), Is.EqualTo((0, "")));
    }

    [Test]
    public void Weights_stand_at_their_tokens()
    {
        var chunk = Chunk("a (cats:1.5) a").Chunks.Single();

        Assert.That(chunk.Ids[..6], Is.EqualTo(tokenizer.Encode("a cats a").Select(id => (long)id)));
        Assert.That(chunk.Weights[..6], Is.EqualTo(new[] { 1, 1, 1.5f, 1.5f, 1, 1 }));
        Assert.That(chunk.Weights[6..], Has.All.EqualTo(1f));
    }

    [Test]
    public void A_long_prompt_goes_on_in_further_chunks()
    {
        var words = Words(160);

        var chunks = Chunk(string.Join(' ', words));

        Assert.That(chunks.Chunks, Has.Count.EqualTo(3));
        Assert.That(chunks.Chunks.Select(Read), Is.EqualTo([words[..75], words[75..150], words[150..]]));
        Assert.That(chunks.Chunks.Select(chunk => chunk.Ids[0]), Has.All.EqualTo(tokenizer.StartToken));
        Assert.That(chunks.TokensCut, Is.Zero);
    }

    [TestCase(60, 61, Description = "within 20 tokens of the end")]
    [TestCase(55, 56, Description = "20 tokens before the end")]
    [TestCase(54, 75, Description = "21 tokens before the end")]
    [TestCase(74, 75, Description = "at the end")]
    [TestCase(75, 75, Description = "after the end")]
    public void A_phrase_at_the_end_of_a_chunk_moves_to_the_next_one(int comma, int expected)
    {
        var words = Words(100);
        words[comma] = ",";

        var chunks = Chunk(string.Join(' ', words)).Chunks;

        Assert.That(Read(chunks[0]), Is.EqualTo(words[..expected]));
        Assert.That(Read(chunks[1]), Is.EqualTo(words[expected..]));
    }

    [Test]
    public void A_prompt_that_just_fits_is_one_chunk() => Assert.That(Chunk(string.Join(' ', Words(75))).Chunks, Has.Count.EqualTo(1));

    [Test]
    public void BREAK_fills_a_chunk_up()
    {
        var chunks = Chunk("a BREAK b (c:2)").Chunks;

        Assert.That(chunks.Select(Read), Is.EqualTo(new[] { ["a"], new[] { "b", "c" } }));
        Assert.That(chunks[1].Weights[..4], Is.EqualTo(new float[] { 1, 1, 2, 1 }));
    }

    [Test]
    public void What_does_not_fit_into_the_chunks_is_told_in_words()
    {
        string[] words = [.. Words(75), "cats", "on", "the", "mat"];

        var cut = Chunk(string.Join(' ', words), PromptSyntax.Plain, most: 1);

        Assert.That(cut.Chunks, Has.Count.EqualTo(1));
        Assert.That(cut.WordsCut, Is.EqualTo("cats on the mat"));
        Assert.That(cut.TokensCut, Is.EqualTo(tokenizer.CountTokens("cats on the mat")));
    }

    [Test]
    public void A_prompt_that_is_cut_to_one_chunk_is_cut_as_diffusers_cuts_it()
    {
        var words = Words(100);
        words[60] = ",";
        var prompt = string.Join(' ', words);

        Assert.That(Chunk(prompt, PromptSyntax.Plain, most: 1).Chunks.Single().Ids, Is.EqualTo(tokenizer.EncodePadded(prompt)));
    }

    [Test]
    public void Chunks_beyond_the_most_are_cut()
    {
        var chunks = Chunk(string.Join(" BREAK ", "a", "b", "c"), most: 2);

        Assert.That(chunks.Chunks.Select(Read), Is.EqualTo(new[] { new[] { "a" }, ["b"] }));
        Assert.That(chunks.WordsCut, Is.EqualTo("c"));
    }

    [Test]
    public void Empty_chunks_make_prompts_as_long_as_each_other()
    {
        var chunks = Chunk("a").PaddedTo(3);

        Assert.That(chunks, Has.Count.EqualTo(3));
        Assert.That(chunks[2].Ids, Is.EqualTo(tokenizer.EncodePadded("")));
        Assert.That(Chunk("a BREAK b").PaddedTo(1), Has.Count.EqualTo(2));
    }

    [Test]
    public void Padding_and_added_tokens_are_the_tokenizers_own()
    {
        using var padded = SmallVocabulary.Write();
        padded.Write("special_tokens_map.json", """{ "pad_token": "!" }""");
        var other = ClipTokenizer.Load(padded.Path).WithAddedTokens(["<x>", "<x>_1"], SmallVocabulary.Size);

        var chunk = PromptChunks.Of(WeightedPrompt.Parse("a (<x>:1.2)", PromptSyntax.Weighted), other).Chunks.Single();

        Assert.That(chunk.Ids[2..4], Is.EqualTo(new long[] { SmallVocabulary.Size, SmallVocabulary.Size + 1 }));
        Assert.That(chunk.Weights[2..4], Has.All.EqualTo(1.2f));
        Assert.That(chunk.Ids[5..], Has.All.EqualTo(SmallVocabulary.Id("!")));
    }

    private PromptChunks Chunk(string prompt, PromptSyntax syntax = PromptSyntax.Weighted, int most = PromptChunks.Most) =>
        PromptChunks.Of(WeightedPrompt.Parse(prompt, syntax), tokenizer, most);

    /// <summary>Words of one token each, no two neighbours alike.</summary>
    private static string[] Words(int count) => [.. Enumerable.Range(0, count).Select(i => $"{(char)('a' + (i % 26))}")];

    private string[] Read(PromptChunk chunk) =>
        [.. chunk.Ids.Skip(1).TakeWhile(id => id != tokenizer.EndToken).Select(id => SmallVocabulary.Token((int)id).Replace("</w>", "", StringComparison.Ordinal))];
}
