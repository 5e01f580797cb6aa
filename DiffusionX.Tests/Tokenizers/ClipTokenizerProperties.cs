using DiffusionX.Tokenizers;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Tokenizers;

/// <summary>What holds for every text, half surrogate pairs included.</summary>
[TestFixture]
[NeedsIcu]
public sealed class ClipTokenizerProperties
{
    private static readonly Arbitrary<string> Texts = ArbMap.Default.ArbFor<char>().Generator
        .Or(Gen.Elements("cats 🐱\uD83D\uDC31'İΣσς\u0301\u0323\u00A0\u001C<|>é".ToCharArray()))
        .ArrayOf()
        .Select(characters => new string(characters))
        .ToArbitrary();

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

    [Test]
    public void Every_text_has_an_encoding_with_start_and_end() => Check(text =>
    {
        var ids = tokenizer.Encode(text);
        return ids[0] == tokenizer.StartToken && ids[^1] == tokenizer.EndToken && ids.Length is >= 2 and <= 77
            && ids.All(id => id >= 0 && id < tokenizer.VocabularySize);
    });

    [Test]
    public void Padding_changes_nothing_but_the_length() => Check(text =>
    {
        var ids = tokenizer.Encode(text);
        var padded = tokenizer.EncodePadded(text);
        return padded.Length == 77 && padded.Take(ids.Length).SequenceEqual(ids.Select(id => (long)id));
    });

    [Test]
    public void The_count_tells_whether_the_text_is_cut() =>
        Check(text => tokenizer.Encode(text).Length == Math.Min(tokenizer.CountTokens(text) + 2, 77));

    [Test]
    public void More_white_space_changes_nothing() => Check(text =>
    {
        var spaced = text.Replace(" ", " \t\u2003\n", StringComparison.Ordinal) + "\n";
        return tokenizer.Encode(spaced).SequenceEqual(tokenizer.Encode(text));
    });

    [Test]
    public void Lower_case_changes_nothing() =>
        Check(text => tokenizer.Encode(new ClipNormalizer().Normalize(text)).SequenceEqual(tokenizer.Encode(text)));

    [Test]
    public void The_words_hold_everything_but_white_space() => Check(text =>
    {
        var words = new ClipPreTokenizer(longestWord: 10).PreTokenize(text).Select(word => text.Substring(word.Offset, word.Length));
        return string.Concat(words) == string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
    });

    private static void Check(Func<string, bool> holds) => Prop.ForAll(Texts, holds).QuickCheckThrowOnFailure();
}
