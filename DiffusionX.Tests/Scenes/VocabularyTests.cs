using DiffusionX.Scenes;
using DiffusionX.Scenes.Streams;
using DiffusionX.Scenes.Vocabularies;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
public sealed class VocabularyTests
{
    private static readonly string[] Captions = [.. Enumerable.Range(0, 500).Select(i => SceneStream.CaptionAt(SceneSplit.Training, i))];

    private TemporaryFolder folder = null!;
    private ScenesFolder scenes = null!;

    [SetUp]
    public void MakeAFolder()
    {
        folder = new TemporaryFolder();
        scenes = new ScenesFolder(folder.Path);
    }

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void A_word_of_the_captions_is_one_token_of_clip()
    {
        scenes.SaveVocabulary(BytePairVocabulary.Learn(Captions));
        var tokenizer = scenes.LoadTokenizer();

        var ids = tokenizer.Encode("a purple house");

        Assert.That(ids, Has.Length.EqualTo(5), "start, three words, end");
    }

    [Test]
    public void A_word_that_no_caption_has_is_spelled()
    {
        scenes.SaveVocabulary(BytePairVocabulary.Learn(Captions));
        var tokenizer = scenes.LoadTokenizer();

        var ids = tokenizer.Encode("zeppelin");

        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.Length.GreaterThan(3));
            Assert.That(ids, Is.All.LessThan(tokenizer.VocabularySize));
        });
    }

    [Test]
    public void A_word_of_the_captions_is_known_to_bert()
    {
        scenes.SaveWordPieces(WordPieceVocabulary.Learn(Captions));
        var tokenizer = scenes.LoadBertTokenizer();

        var ids = tokenizer.Encode("a purple house, at night");

        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.Length.EqualTo(8));
            Assert.That(ids, Has.None.EqualTo(tokenizer.UnknownToken));
        });
    }
}
