using System.Text;
using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
public sealed class ConfigJsonTests
{
    [TestCase("""{ "lambda_min_clipped": -Infinity }""", "-Infinity")]
    [TestCase("""{"lambda_min_clipped":Infinity}""", "Infinity")]
    [TestCase("""{ "lambda_min_clipped": NaN }""", "NaN")]
    public void Numbers_that_only_Python_writes_are_read(string text, string word) =>
        Assert.That(Parse(text).GetProperty("lambda_min_clipped").GetString(), Is.EqualTo(word));

    [TestCase("""{ "a": "from -Infinity to Infinity" }""", "from -Infinity to Infinity")]
    [TestCase("""{ "a": "NaN" }""", "NaN")]
    [TestCase("""{ "a": "he said \"NaN\", NaN \\" }""", """he said "NaN", NaN \""")]
    public void Such_words_in_texts_stay_as_they_are(string text, string expected) =>
        Assert.That(Parse(text).GetProperty("a").GetString(), Is.EqualTo(expected));

    [Test]
    public void They_are_read_in_lists_too()
    {
        var list = Parse("""{ "a": [NaN, 1.5, -Infinity] }""").GetProperty("a");

        Assert.That(list.EnumerateArray().Select(item => item.ToString()), Is.EqualTo(new[] { "NaN", "1.5", "-Infinity" }));
    }

    [Test]
    public void A_byte_order_mark_is_no_part_of_the_text([Values("utf-8", "utf-16", "utf-16BE")] string encoding)
    {
        var bytes = Encoding.GetEncoding(encoding);

        var json = ConfigJson.Parse([.. bytes.GetPreamble(), .. bytes.GetBytes("""{ "a": 7 }""")]);

        Assert.That(json.GetProperty("a").GetInt32(), Is.EqualTo(7));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("""{ "a": "NaN """)]
    [TestCase("""{ "a": Infinit }""")]
    [TestCase("""{ "a": - Infinity }""")]
    [TestCase("""{ "a": "\""")]
    [TestCase("""{ "a": ["\ud800"] }""")]
    [TestCase("""{ "\udfffa": 1 }""")]
    public void What_is_no_JSON_is_refused(string text) => Assert.That(() => Parse(text), Throws.InstanceOf<JsonException>());

    [Test]
    public void Bytes_that_are_no_text_are_refused() =>
        Assert.That(() => ConfigJson.Parse([(byte)'{', 0xFF, (byte)'}']), Throws.InstanceOf<JsonException>());

    private static JsonElement Parse(string text) => ConfigJson.Parse(Encoding.UTF8.GetBytes(text));
}
