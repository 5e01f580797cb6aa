using System.Text.Json;
using DiffusionX.Tests.Reference;
using DiffusionX.Tokenizers;

namespace DiffusionX.Tests.Tokenizers;

[TestFixture]
public sealed class ClipTokenizerTests
{
    [ReferenceCases("clip-tokenizer")]
    public void It_gives_the_reference_ids(ReferenceCase reference)
    {
        var tokenizer = ClipTokenizer.Load(reference.Folder);

        var wrong = reference.Json.GetProperty("cases").EnumerateArray()
            .Select(item => (Text: item.GetProperty("text").GetString()!, Ids: item.GetProperty("ids").Deserialize<int[]>()!))
            .Select(item => (item.Text, Expected: string.Join(' ', item.Ids), Actual: string.Join(' ', tokenizer.Encode(item.Text))))
            .Where(item => item.Actual != item.Expected)
            .Select(item => $"{JsonSerializer.Serialize(item.Text)}: {item.Actual} instead of {item.Expected}");

        Assert.That(wrong, Is.Empty);
        Assert.That(tokenizer.MaxLength, Is.EqualTo(reference.Count("max_length")));
        Assert.That(tokenizer.PadToken, Is.EqualTo(reference.Count("pad_token_id")));
    }

    [TestCase("", "")]
    [TestCase(" \t\r\n", "")]
    [TestCase("cat", "cat</w>")]
    [TestCase("CAT", "cat</w>")]
    [TestCase("cats", "cat s</w>")]
    [TestCase("a  cat\n", "a</w> cat</w>")]
    [TestCase("a cat!", "a</w> cat</w> !</w>")]
    [TestCase("cat's", "cat</w> 's</w>")]
    [TestCase("42", "4</w> 2</w>")]
    public void Words_are_split_and_their_byte_pairs_merged(string text, string tokens)
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        var ids = tokenizer.Encode(text);

        var expected = SmallVocabulary.Ids(tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(ids, Is.EqualTo([tokenizer.StartToken, .. expected, tokenizer.EndToken]));
    }

    [Test]
    public void The_special_tokens_have_the_ids_of_the_vocabulary()
    {
        using var folder = SmallVocabulary.Write();

        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.Multiple(() =>
        {
            Assert.That(tokenizer.StartToken, Is.EqualTo(SmallVocabulary.Id("<|startoftext|>")));
            Assert.That(tokenizer.EndToken, Is.EqualTo(SmallVocabulary.Id("<|endoftext|>")));
            Assert.That(tokenizer.PadToken, Is.EqualTo(tokenizer.EndToken));
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(SmallVocabulary.Size));
            Assert.That(tokenizer.MaxLength, Is.EqualTo(77));
        });
    }

    [Test]
    public void A_special_token_in_the_text_is_one_token()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        var ids = tokenizer.Encode("<|STARTOFTEXT|> cat");

        Assert.That(ids, Is.EqualTo([tokenizer.StartToken, tokenizer.StartToken, SmallVocabulary.Id("cat</w>"), tokenizer.EndToken]));
    }

    [Test]
    public void What_the_vocabulary_lacks_becomes_the_end_token()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        var ids = tokenizer.Encode("cat ☃");

        Assert.That(ids[..2], Is.EqualTo([tokenizer.StartToken, SmallVocabulary.Id("cat</w>")]));
        Assert.That(ids[2..], Is.EqualTo(Enumerable.Repeat(tokenizer.EndToken, 4)), "three bytes, and the end");
    }

    [Test]
    public void A_long_text_is_cut_and_keeps_its_end_token()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path, maxLength: 5);

        var ids = tokenizer.Encode("cat cats cat");

        Assert.That(ids, Is.EqualTo([tokenizer.StartToken, .. SmallVocabulary.Ids("cat</w>", "cat", "s</w>"), tokenizer.EndToken]));
    }

    [Test]
    public void Padding_fills_up_to_the_length_of_the_text_encoder()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path, maxLength: 6);

        var ids = tokenizer.EncodePadded("cat");

        long[] text = [tokenizer.StartToken, SmallVocabulary.Id("cat</w>"), tokenizer.EndToken];
        Assert.That(ids, Is.EqualTo([.. text, .. Enumerable.Repeat((long)tokenizer.PadToken, 3)]));
    }

    [Test]
    public void Tokens_are_counted_uncut_and_without_start_and_end()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path, maxLength: 4);

        Assert.That(tokenizer.CountTokens("cat cats cat"), Is.EqualTo(4));
    }

    [TestCase("""{ "pad_token": "!" }""")]
    [TestCase("""{ "pad_token": { "content": "!", "lstrip": false } }""")]
    public void The_settings_name_the_pad_token_and_the_special_tokens_map_comes_first(string map)
    {
        using var folder = SmallVocabulary.Write();
        File.WriteAllText(folder.File("special_tokens_map.json"), map);
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "pad_token": "<|endoftext|>", "model_max_length": 8 }""");

        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.That(tokenizer.PadToken, Is.EqualTo(SmallVocabulary.Id("!")));
        Assert.That(tokenizer.MaxLength, Is.EqualTo(8));
    }

    [Test]
    public void No_limit_in_the_settings_means_CLIPs_own()
    {
        using var folder = SmallVocabulary.Write();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "model_max_length": 1000000000000000019884624838656 }""");

        Assert.That(ClipTokenizer.Load(folder.Path).MaxLength, Is.EqualTo(77));
    }

    [TestCase("vocab.json", null, "is missing")]
    [TestCase("merges.txt", null, "is missing")]
    [TestCase("vocab.json", "{", "vocab.json")]
    [TestCase("vocab.json", "", "empty")]
    [TestCase("vocab.json", "[]", "JSON object")]
    [TestCase("vocab.json", "{}", "one token or more")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 0 }""", "<|endoftext|>")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 0, "<|endoftext|>": 1 }""", "merges.txt")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 0, "<|endoftext|>": 0 }""", "the same id, 0")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 0, "<|startoftext|>": 1 }""", "vocab.json")]
    [TestCase("vocab.json", """{ "<|startoftext|>": -1, "<|endoftext|>": 0 }""", "from 0 to")]
    [TestCase("vocab.json", """{ "<|startoftext|>": null, "<|endoftext|>": 0 }""", "'<|startoftext|>' is missing")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 1.5, "<|endoftext|>": 0 }""", "from 0 to")]
    [TestCase("vocab.json", """{ "<|startoftext|>": 2147483647, "<|endoftext|>": 0 }""", "from 0 to")]
    [TestCase("vocab.json", """{ "\uD800": 2, "<|endoftext|>": 0 }""", "vocab.json")]
    [TestCase("merges.txt", "c a t", "merges.txt")]
    [TestCase("merges.txt", "x y", "merges.txt")]
    [TestCase("tokenizer_config.json", "[]", "has to be a JSON object")]
    [TestCase("tokenizer_config.json", """{ "model_max_length": 2 }""", "model_max_length")]
    [TestCase("special_tokens_map.json", """{ "pad_token": "<pad>" }""", "<pad>")]
    [TestCase("added_tokens.json", """{ "<cat-toy>": -1 }""", "the id of '<cat-toy>'")]
    [TestCase("added_tokens.json", """{ "<cat-toy>": 5, "<dog-toy>": 5 }""", "have the same id, 5")]
    [TestCase("added_tokens.json", """{ "": 500 }""", "no 'content'")]
    [TestCase("added_tokens.json", """{ "cat</w>": 500 }""", "'cat</w>' has the id")]
    [TestCase("added_tokens.json", "[]", "JSON object")]
    [TestCase("tokenizer_config.json", """{ "added_tokens_decoder": { "x": { "content": "<cat-toy>" } } }""", "the id of '<cat-toy>'")]
    [TestCase("tokenizer_config.json", """{ "added_tokens_decoder": { "500": { } } }""", "no 'content'")]
    [TestCase("tokenizer_config.json", """{ "added_tokens_decoder": [] }""", "JSON object")]
    [TestCase("tokenizer.json", """{ "added_tokens": [{ "content": "<cat-toy>" }] }""", "the id of '<cat-toy>'")]
    [TestCase("tokenizer.json", """{ "added_tokens": [7] }""", "no 'content'")]
    public void Bad_files_are_refused_by_name(string file, string? content, string message)
    {
        using var folder = SmallVocabulary.Write();
        File.Delete(folder.File(file));
        if (content is not null)
        {
            File.WriteAllText(folder.File(file), content);
        }

        Assert.That(() => ClipTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains(message));
    }

    [NeedsIcu]
    [TestCase("a", Description = "one word")]
    [TestCase("a ", Description = "many words")]
    [TestCase("🐱", Description = "four bytes a character")]
    [TestCase("e\u0301", Description = "marks to compose")]
    [TestCase("\u0301\u0323", Description = "marks to sort")]
    public void A_text_of_a_megabyte_is_encoded(string repeated)
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);

        var text = string.Concat(Enumerable.Repeat(repeated, 1_000_000 / repeated.Length));

        Assert.That(tokenizer.Encode(text), Has.Length.EqualTo(77));
        Assert.That(tokenizer.CountTokens(text), Is.GreaterThan(75));
    }

    [Test]
    public void Threads_may_share_a_tokenizer()
    {
        using var folder = SmallVocabulary.Write();
        var tokenizer = ClipTokenizer.Load(folder.Path);
        var texts = Enumerable.Range(0, 1000).Select(i => $"cat{i} cats {i % 7}").ToArray();
        var expected = texts.Select(tokenizer.Encode).ToArray();
        var fresh = ClipTokenizer.Load(folder.Path);

        var ids = texts.AsParallel().AsOrdered().Select(fresh.Encode).ToArray();

        Assert.That(ids, Is.EqualTo(expected));
    }
}
