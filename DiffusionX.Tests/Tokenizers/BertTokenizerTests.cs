using DiffusionX.Tokenizers;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Tokenizers;

[TestFixture]
public sealed class BertTokenizerTests
{
    private static readonly string[] Vocabulary =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]",
        "a", "cat", "Cat", "cafe", "un", "##believ", "##able", "!", "'", "$", "5", "##5", "猫", "東", "s",
    ];

    [NeedsIcu]
    [TestCase("", "")]
    [TestCase("a cat", "a cat")]
    [TestCase(" A\tCAT\n", "a cat", Description = "capitals and white space")]
    [TestCase("café", "cafe", Description = "an accent within a code point")]
    [TestCase("cafe\u0301", "cafe", Description = "an accent of its own")]
    [TestCase("unbelievable", "un ##believ ##able", Description = "pieces of a word")]
    [TestCase("cat's!!", "cat ' s ! !", Description = "punctuation")]
    [TestCase("$55", "$ 5 ##5", Description = "an ASCII symbol")]
    [TestCase("a猫東cat", "a 猫 東 cat", Description = "ideographs")]
    [TestCase("dog", "[UNK]", Description = "an unknown word")]
    [TestCase("unknown cat", "[UNK] cat", Description = "a word whose start is known")]
    [TestCase("cat🐱 a", "[UNK] a", Description = "an emoji is a part of its word")]
    [TestCase("c\u0000a\u200Bt\uFFFD", "cat", Description = "control and format characters")]
    [TestCase("[SEP]", "[UNK] [UNK] [UNK]", Description = "special tokens can't be smuggled in")]
    public void Words_are_split_into_the_longest_known_pieces(string text, string tokens)
    {
        using var folder = Write();
        var tokenizer = BertTokenizer.Load(folder.Path);

        var ids = tokenizer.Encode(text);

        Assert.That(ids, Is.EqualTo(Ids($"[CLS] {tokens} [SEP]")));
    }

    [Test]
    public void A_word_of_more_than_a_hundred_characters_is_unknown()
    {
        using var folder = Write();

        var ids = BertTokenizer.Load(folder.Path).Encode(new string('5', 100) + " " + new string('5', 101));

        Assert.That(ids, Has.Length.EqualTo(1 + 100 + 1 + 1).And.Exactly(1).EqualTo(1));
    }

    [Test]
    public void A_cased_model_keeps_capitals_and_accents()
    {
        using var folder = Write();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "do_lower_case": false }""");

        var ids = BertTokenizer.Load(folder.Path).Encode("Cat café");

        Assert.That(ids, Is.EqualTo(Ids("[CLS] Cat [UNK] [SEP]")));
    }

    [Test]
    public void A_long_text_is_cut_within_a_word_and_keeps_its_end()
    {
        using var folder = Write();
        File.WriteAllText(folder.File("tokenizer_config.json"), """{ "model_max_length": 5 }""");

        var ids = BertTokenizer.Load(folder.Path).Encode("a unbelievable cat");

        Assert.That(ids, Is.EqualTo(Ids("[CLS] a un ##believ [SEP]")));
    }

    [Test]
    public void Padding_is_masked()
    {
        using var folder = Write();

        var encoding = BertTokenizer.Load(folder.Path).EncodePadded("a cat", length: 6);

        Assert.That(encoding.Ids, Is.EqualTo(Ids("[CLS] a cat [SEP] [PAD] [PAD]")));
        Assert.That(encoding.AttentionMask, Is.EqualTo(new long[] { 1, 1, 1, 1, 0, 0 }));
    }

    [Test]
    public void A_padded_text_is_cut_to_the_length()
    {
        using var folder = Write();

        var encoding = BertTokenizer.Load(folder.Path).EncodePadded("a cat a cat", length: 4);

        Assert.That(encoding.Ids, Is.EqualTo(Ids("[CLS] a cat [SEP]")));
        Assert.That(encoding.AttentionMask, Has.All.EqualTo(1));
    }

    [Test]
    [NeedsIcu]
    public void Every_text_has_an_encoding_with_start_and_end()
    {
        using var folder = Write();
        var tokenizer = BertTokenizer.Load(folder.Path);

        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            var ids = tokenizer.Encode(text ?? "\uD800");
            return ids[0] == tokenizer.ClassificationToken && ids[^1] == tokenizer.SeparatorToken && ids.Length <= tokenizer.MaxLength;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void A_missing_vocabulary_is_named()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => BertTokenizer.Load(folder.Path), Throws.TypeOf<TokenizerException>().With.Message.Contains("vocab.txt"));
    }

    [TestCase("a\nb", "[CLS]")]
    [TestCase("", "empty")]
    [TestCase("[CLS]\n[SEP]\n[PAD]\na\na", "line 5")]
    [TestCase("[CLS]\n[SEP]\n[PAD]\na", "[UNK]")]
    public void Bad_vocabularies_are_refused_by_name(string vocabulary, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("vocab.txt"), vocabulary);

        Assert.That(
            () => BertTokenizer.Load(folder.Path),
            Throws.TypeOf<TokenizerException>().With.Message.Contains(message).And.Message.Contains("vocab.txt"));
    }

    private static TemporaryFolder Write()
    {
        var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("vocab.txt"), Vocabulary);
        return folder;
    }

    private static int[] Ids(string tokens) =>
        [.. tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(token => Array.IndexOf(Vocabulary, token))];
}
