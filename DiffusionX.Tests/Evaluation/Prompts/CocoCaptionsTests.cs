using System.Text;
using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Tests.Evaluation.Prompts;

[TestFixture]
public sealed class CocoCaptionsTests
{
    // As cocodataset.org has it, with the parts that nobody needs here.
    private const string Small =
        """
        {
          "info": {"description": "COCO 2017 Dataset", "annotations": [1, {"id": 7}]},
          "licenses": [{"url": "http://creativecommons.org/licenses/by-nc/2.0/", "id": 1, "name": "A licence"}],
          "images": [{"license": 1, "file_name": "000000179765.jpg", "height": 480, "id": 179765}],
          "annotations": [
            {"image_id": 179765, "id": 38, "caption": "A black Honda motorcycle parked in front of a garage."},
            {"id": 182, "caption": "A cat \u00fcber a \"sofa\"", "image_id": 179766, "extra": {"caption": "not this", "list": [1, 2]}}
          ]
        }
        """;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Captions_come_with_their_numbers()
    {
        var captions = CocoCaptions.Read(folder.Write("captions.json", Small));

        Assert.That(captions, Is.EqualTo(new CocoCaption[]
        {
            new(38, 179765, "A black Honda motorcycle parked in front of a garage."),
            new(182, 179766, "A cat über a \"sofa\""),
        }));
    }

    [Test]
    public void A_file_of_many_pieces_is_read_whole()
    {
        const int Count = 20_000;
        var annotations = string.Join(',', Enumerable.Range(0, Count).Select(i => $$"""{"image_id": {{i}}, "id": {{i}}, "caption": "{{new string('x', i % 200)}}"}"""));
        var path = folder.Write("many.json", Encoding.UTF8.GetBytes($$"""{"annotations": [{{annotations}}]}"""));

        var captions = CocoCaptions.Read(path).ToArray();

        Assert.That(captions.Select(caption => (caption.Id, caption.Text.Length)), Is.EqualTo(Enumerable.Range(0, Count).Select(i => ((long)i, i % 200))));
    }

    [Test]
    public void A_text_longer_than_a_piece_is_read_whole()
    {
        var text = new string('y', 300_000);

        var captions = CocoCaptions.Read(folder.Write("long.json", $$"""{"annotations": [{"image_id": 1, "id": 1, "caption": "{{text}}"}]}"""));

        Assert.That(captions.Single().Text, Is.EqualTo(text));
    }

    [TestCase("""{"images": []}""", "there are no 'annotations'")]
    [TestCase("""[]""", "there are no 'annotations'")]
    [TestCase("""{"annotations": {}}""", "'annotations' has to be an array")]
    [TestCase("""{"annotations": "none"}""", "'annotations' has to be an array")]
    [TestCase("""{"annotations": [1]}""", "annotations[0]: has to be an object")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": 2}]}""", "annotations[0]: 'caption' is missing")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": 2, "caption": "a"}, {"id": 2, "caption": "b"}]}""", "annotations[1]: 'image_id' is missing")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": "2", "caption": "a"}]}""", "annotations[0]: 'image_id' has to be a whole number")]
    [TestCase("""{"annotations": [{"id": 1.5, "image_id": 2, "caption": "a"}]}""", "'id' has to be a whole number")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": 2, "caption": null}]}""", "'caption' has to be a text")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": 2, "caption": ["a"]}]}""", "'caption' has to be a text")]
    [TestCase("""{"annotations": [{"id": 1, "image_id": 2, "caption": "a"}""", "no valid JSON")]
    [TestCase("""{"annotations": [{]}""", "no valid JSON")]
    [TestCase("", "no valid JSON")]
    public void A_malformed_file_is_refused_and_the_place_named(string json, string named)
    {
        var path = folder.Write("broken.json", json);

        Assert.That(() => CocoCaptions.Read(path).ToArray(), Throws.InstanceOf<PromptSetException>().With.Message.StartsWith(path).And.Message.Contains(named));
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(() => CocoCaptions.Read(folder.File("missing.json")).ToArray(), Throws.InstanceOf<PromptSetException>().With.Message.Contains("missing.json"));
}
