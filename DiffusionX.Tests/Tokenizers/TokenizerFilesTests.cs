using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Tests.Reference;
using DiffusionX.Tokenizers;

namespace DiffusionX.Tests.Tokenizers;

/// <summary>The forms in which a tokenizer's files come, and damaged ones.</summary>
[TestFixture]
public sealed class TokenizerFilesTests
{
    private const string Text = "Cat's 5 <cat-toy> cats";

    [TestCase(false)]
    [TestCase(true)]
    public void A_folder_with_tokenizer_json_alone_gives_the_same_ids(bool inPairs)
    {
        using var slow = SmallVocabulary.Write();
        slow.Write("added_tokens.json", $$"""{ "<cat-toy>": {{SmallVocabulary.Size}} }""");
        using var fast = new TemporaryFolder();
        fast.Write("tokenizer.json", SmallVocabulary.Fast(inPairs, "<cat-toy>").ToJsonString());

        var ids = ClipTokenizer.Load(fast.Path).Encode(Text);

        Assert.That(ids, Is.EqualTo(ClipTokenizer.Load(slow.Path).Encode(Text)));
    }

    [ReferenceCases("clip-tokenizer")]
    public void The_reference_vocabulary_in_a_tokenizer_json_gives_the_same_ids(ReferenceCase reference)
    {
        var merges = File.ReadAllLines(Path.Combine(reference.Folder, "merges.txt")).Skip(1).Select(line => (JsonNode)line);
        var fast = SmallVocabulary.Fast();
        fast["added_tokens"] = new JsonArray();
        fast["model"]!["vocab"] = JsonNode.Parse(File.ReadAllText(Path.Combine(reference.Folder, "vocab.json")));
        fast["model"]!["merges"] = new JsonArray([.. merges]);
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", fast.ToJsonString());
        var slow = ClipTokenizer.Load(reference.Folder);
        var texts = reference.Json.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("text").GetString()!).ToArray();

        var tokenizer = ClipTokenizer.Load(folder.Path);

        Assert.That(texts.Select(tokenizer.Encode), Is.EqualTo(texts.Select(slow.Encode)));
    }

    [Test]
    public void The_files_of_the_slow_tokenizer_come_first()
    {
        using var folder = SmallVocabulary.Write();
        var fast = SmallVocabulary.Fast();
        fast["model"]!["merges"] = new JsonArray();
        folder.Write("tokenizer.json", fast.ToJsonString());

        Assert.That(ClipTokenizer.Load(folder.Path).CountTokens("cat"), Is.EqualTo(1));
    }

    [Test]
    public void A_byte_order_mark_is_no_part_of_a_file()
    {
        using var folder = SmallVocabulary.Write();
        folder.Write("added_tokens.json", $$"""{ "<cat-toy>": {{SmallVocabulary.Size}} }""");
        folder.Write("tokenizer_config.json", """{ "model_max_length": 8 }""");
        folder.Write("special_tokens_map.json", """{ "pad_token": "!" }""");
        var expected = ClipTokenizer.Load(folder.Path).EncodePadded(Text);

        foreach (var file in Directory.GetFiles(folder.Path))
        {
            File.WriteAllBytes(file, [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(file)]);
        }

        Assert.That(ClipTokenizer.Load(folder.Path).EncodePadded(Text), Is.EqualTo(expected));
    }

    [TestCase("vocab.json")]
    [TestCase("merges.txt")]
    [TestCase("added_tokens.json")]
    [TestCase("tokenizer_config.json")]
    [TestCase("tokenizer.json")]
    public void A_file_that_is_not_in_UTF8_is_refused_by_name(string file)
    {
        using var folder = SmallVocabulary.Write();
        folder.Write(file, Encoding.Latin1.GetBytes("""{ "é": 0 }"""));

        Assert.That(
            () => ClipTokenizer.Load(folder.Path),
            Throws.TypeOf<TokenizerException>().With.Message.Contains("not in UTF-8").And.Message.Contains(file));
    }

    [TestCase("{}", "'model'")]
    [TestCase("""{ "model": 7 }""", "'model'")]
    [TestCase("""{ "model": { "type": "WordPiece" } }""", "'type' is BPE")]
    [TestCase("""{ "model": { "type": "BPE", "vocab": {}, "merges": [] } }""", "end_of_word_suffix")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "merges": [] } }""", "one token or more")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "vocab": SPECIAL } }""", "'merges' has to be a list")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "vocab": SPECIAL, "merges": [7] } }""", "A merge has to be")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "vocab": SPECIAL, "merges": [["a"]] } }""", "A merge has to be")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "vocab": SPECIAL, "merges": [[1, 2]] } }""", "tokenizer.json")]
    [TestCase("""{ "model": { "type": "BPE", "end_of_word_suffix": "</w>", "vocab": SPECIAL, "merges": [["x", "y"]] } }""", "tokenizer.json")]
    [TestCase("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "tokenizer.json")]
    public void A_tokenizer_json_of_another_kind_is_refused(string content, string message)
    {
        using var folder = new TemporaryFolder();
        var special = """{ "<|startoftext|>": 0, "<|endoftext|>": 1 }""";
        folder.Write("tokenizer.json", content.Replace("SPECIAL", special, StringComparison.Ordinal));

        Assert.That(() => ClipTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains(message));
    }

    [Test]
    public void BERT_is_read_from_tokenizer_json_too()
    {
        using var folder = new TemporaryFolder();
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", "##s"];
        var vocabulary = tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        folder.Write("tokenizer.json", $$"""{ "model": { "type": "WordPiece", "vocab": {{JsonSerializer.Serialize(vocabulary)}} } }""");

        Assert.That(BertTokenizer.Load(folder.Path).Encode("Cats"), Is.EqualTo(new[] { 2, 4, 5, 3 }));
    }

    [Test]
    public void A_vocabulary_of_BERT_with_a_gap_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", """{ "model": { "type": "WordPiece", "vocab": { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 9 } } }""");

        Assert.That(() => BertTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains("ids are missing"));
    }

    [Test]
    public void A_vocabulary_that_is_no_regular_file_is_refused()
    {
        using var folder = SmallVocabulary.Write();
        File.Delete(folder.File("vocab.json"));
        File.CreateSymbolicLink(folder.File("vocab.json"), "/dev/zero");
        Assume.That(File.Exists(folder.File("vocab.json")), "a machine without /dev/zero");

        Assert.That(() => ClipTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains("no regular file"));
    }

    [Test]
    public void A_vocabulary_behind_a_link_is_read()
    {
        using var blobs = SmallVocabulary.Write();
        using var folder = SmallVocabulary.Write();
        File.Delete(folder.File("vocab.json"));
        File.CreateSymbolicLink(folder.File("vocab.json"), blobs.File("vocab.json"));

        Assert.That(ClipTokenizer.Load(folder.Path).CountTokens("cat"), Is.EqualTo(1));
    }

    [Test]
    public void A_file_of_absurd_size_is_refused_before_it_is_read()
    {
        using var folder = SmallVocabulary.Write();
        using (var file = File.OpenWrite(folder.File("vocab.json")))
        {
            file.SetLength(1L << 40);
        }

        Assert.That(() => ClipTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains("1048576 MiB"));
    }

    /// <summary>Bytes changed at random places of every file: the folder loads, or one clear error says why not.</summary>
    [Test]
    public void Damaged_files_end_in_one_error_of_ours([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["\"", "{", "}", "[", "]", ",", ":", "-1", "1e99", "99999999999", "null", "\\uD800", "\0", "é", " ", "0", "</w>"];
        using var folder = SmallVocabulary.Write();
        folder.Write("added_tokens.json", $$"""{ "<cat-toy>": {{SmallVocabulary.Size}} }""");
        folder.Write("tokenizer_config.json", """{ "model_max_length": 8, "added_tokens_decoder": { "0": { "content": "!", "single_word": false } } }""");
        folder.Write("special_tokens_map.json", """{ "pad_token": { "content": "!" } }""");
        folder.Write("tokenizer.json", SmallVocabulary.Fast(inPairs: true, "<cat-toy>").ToJsonString());
        var whole = Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllBytes(file))).ToArray();

        for (var i = 0; i < 150; i++)
        {
            var (file, bytes) = whole[random.Next(whole.Length)];
            var at = random.Next(bytes.Length);
            byte[] damaged = [.. bytes[..at], .. Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]), .. bytes[Math.Min(bytes.Length, at + random.Next(4))..]];
            File.WriteAllBytes(file, damaged);
            if (random.Next(2) == 0)
            {
                File.Delete(folder.File("merges.txt"));
            }

            AssertLoadsOrFailsClearly(folder.Path, $"change {i} of {Path.GetFileName(file)}");
            Array.ForEach(whole, original => File.WriteAllBytes(original.file, original.Item2));
        }
    }

    private static void AssertLoadsOrFailsClearly(string folder, string what)
    {
        try
        {
            ClipTokenizer.Load(folder).Encode(Text);
        }
        catch (Exception error)
        {
            Assert.That(error, Is.TypeOf<TokenizerException>(), what);
        }
    }
}
