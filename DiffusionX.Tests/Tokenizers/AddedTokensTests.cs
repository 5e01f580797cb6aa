using DiffusionX.Tokenizers;

namespace DiffusionX.Tests.Tokenizers;

[TestFixture]
public sealed class AddedTokensTests
{
    private static int First => SmallVocabulary.Size;

    [TestCase("added_tokens.json", """{ "<cat-toy>": FIRST }""")]
    [TestCase("tokenizer_config.json", """{ "added_tokens_decoder": { "FIRST": { "content": "<cat-toy>", "special": false } } }""")]
    [TestCase("tokenizer.json", """{ "added_tokens": [{ "id": FIRST, "content": "<cat-toy>" }] }""")]
    public void Each_file_that_names_added_tokens_is_read(string file, string content)
    {
        using var folder = SmallVocabulary.Write();
        folder.Write(file, content.Replace("FIRST", $"{First}", StringComparison.Ordinal));

        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.That(tokenizer.Encode("a <cat-toy>!")[1..^1], Is.EqualTo([.. SmallVocabulary.Ids("a</w>"), First, SmallVocabulary.Id("!</w>")]));
        Assert.That(tokenizer.VocabularySize, Is.EqualTo(First + 1));
    }

    [Test]
    public void All_files_may_name_the_same_token()
    {
        using var folder = SmallVocabulary.Write();
        folder.Write("added_tokens.json", $$"""{ "<cat-toy>": {{First}} }""");
        folder.Write("tokenizer.json", $$"""{ "added_tokens": [{ "id": {{First}}, "content": "<cat-toy>" }] }""");

        Assert.That(ClipTokenizer.Load(folder.Path).Encode("<cat-toy>"), Has.Length.EqualTo(3).And.Contains(First));
    }

    [Test]
    public void Files_that_contradict_each_other_are_refused()
    {
        using var folder = SmallVocabulary.Write();
        folder.Write("added_tokens.json", $$"""{ "<cat-toy>": {{First}} }""");
        folder.Write("tokenizer.json", $$"""{ "added_tokens": [{ "id": {{First + 1}}, "content": "<cat-toy>" }] }""");

        Assert.That(
            () => ClipTokenizer.Load(folder.Path),
            Throws.TypeOf<TokenizerException>().With.Message.Contains($"{First + 1} here").And.Message.Contains($"{First} elsewhere"));
    }

    [TestCase("<cat-toy>", "0")]
    [TestCase("<cat-toy><cat-toy>", "0 0", Description = "without a space between")]
    [TestCase("<cat-toy>s", "0 s</w>", Description = "before letters")]
    [TestCase("<cat-toyish>", "1", Description = "the longest one")]
    [TestCase("<cat-toy", "<</w> cat</w> -</w> t o y</w>", Description = "a part of one")]
    [TestCase("<CAT-TOY>", "<</w> cat</w> -</w> t o y</w> ></w>", Description = "in capitals")]
    [TestCase("a  <cat-toy>  a", "a</w> 0 a</w>", Description = "white space around it")]
    [TestCase("xowlx", "x</w> 2 x</w>", Description = "an added token that is a word, inside another one")]
    [TestCase("one", "3", Description = "a single word, alone")]
    [TestCase("a one a", "a</w> 3 a</w>", Description = "a single word between spaces")]
    [TestCase("ones", "o n e s</w>", Description = "a single word within another one")]
    public void The_leftmost_and_longest_one_is_taken(string text, string expected)
    {
        using var folder = SmallVocabulary.Write();
        string[] added = ["<cat-toy>", "<cat-toyish>", "owl", "one"];
        var entries = added.Select((token, i) =>
            $$""" "{{First + i}}": { "content": "{{token}}", "single_word": {{(token == "one" ? "true" : "false")}} } """);
        folder.Write("tokenizer_config.json", $$"""{ "added_tokens_decoder": { {{string.Join(',', entries)}} } }""");

        var ids = ClipTokenizer.Load(folder.Path).Encode(text)[1..^1];

        var words = string.Join(' ', ids.Select(id => id >= First ? $"{id - First}" : SmallVocabulary.Token(id)));
        Assert.That(words, Is.EqualTo(expected));
    }

    [Test]
    public void A_special_token_within_a_word_is_one_token()
    {
        using var folder = SmallVocabulary.Write();

        var ids = ClipTokenizer.Load(folder.Path).Encode("cat!<|endoftext|>");

        Assert.That(ids[1..], Is.EqualTo(SmallVocabulary.Ids("cat</w>", "!</w>", "<|endoftext|>", "<|endoftext|>")));
    }

    [Test]
    public void A_word_that_pads_is_one_token_wherever_it_stands()
    {
        using var folder = SmallVocabulary.Write();
        folder.Write("special_tokens_map.json", """{ "pad_token": "!" }""");

        var ids = ClipTokenizer.Load(folder.Path).Encode("a cat!!");

        Assert.That(ids[1..^1], Is.EqualTo(SmallVocabulary.Ids("a</w>", "cat</w>", "!", "!")), "as transformers encodes it for Stable Diffusion XL");
    }

    [Test]
    public void A_concept_of_several_vectors_is_as_many_tokens()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path).WithAddedTokens(["<cat-toy>", "<cat-toy>_1", "<cat-toy>_2", "<dog-toy>"], First);

        var ids = tokenizer.Encode("<cat-toy> <dog-toy> <cat-toy>_1");

        Assert.That(ids[1..^1], Is.EqualTo(new[] { First, First + 1, First + 2, First + 3, First + 1 }));
        Assert.That(tokenizer.CountTokens("<cat-toy> a"), Is.EqualTo(4));
    }

    [Test]
    public void A_concept_is_cut_where_the_text_is()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path, maxLength: 5).WithAddedTokens(["<x>", "<x>_1"], First);

        Assert.That(tokenizer.Encode("a a <x>")[1..^1], Is.EqualTo([.. SmallVocabulary.Ids("a</w>", "a</w>"), First]));
    }

    [Test]
    public void Tokens_are_added_to_a_copy_at_the_ids_of_the_encoder()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        var larger = tokenizer.WithAddedTokens(["<x>"], firstId: 1000);

        Assert.That(larger.Encode("<x>"), Does.Contain(1000));
        Assert.That(larger.VocabularySize, Is.EqualTo(1001));
        Assert.That(larger.PadToken, Is.EqualTo(tokenizer.PadToken));
        Assert.That(tokenizer.Encode("<x>"), Has.None.GreaterThanOrEqualTo(First));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("<|endoftext|>")]
    public void A_token_that_is_none_or_there_already_is_not_added(string token)
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.That(() => tokenizer.WithAddedTokens([token], First), Throws.TypeOf<TokenizerException>().With.Message.Contains("can't be added"));
        Assert.That(() => tokenizer.WithAddedTokens(["<x>"], First - 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
