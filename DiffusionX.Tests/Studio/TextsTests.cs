using System.Text.Json;
using System.Text.RegularExpressions;

namespace DiffusionX.Tests.Studio;

/// <summary>The page's words: each language has them all, and no word is asked for that there is not.</summary>
[TestFixture]
public sealed partial class TextsTests
{
    private static readonly string Root = Path.Combine(TestContext.CurrentContext.TestDirectory, "wwwroot");

    [Test]
    public void Every_language_has_the_same_texts()
    {
        var english = Read("en").Keys;

        foreach (var language in Languages())
        {
            Assert.That(Read(language).Keys, Is.EquivalentTo(english), language);
        }
    }

    [Test]
    public void Every_language_has_the_same_places_to_fill()
    {
        var english = Read("en");

        foreach (var (key, text) in Languages().SelectMany(Read).Where(each => !each.Key.EndsWith(".one", StringComparison.Ordinal)))
        {
            Assert.That(Places(text), Is.SubsetOf(Places(english[key])), key);
        }
    }

    [Test]
    public void Every_text_that_the_page_asks_for_is_there()
    {
        var asked = Directory.EnumerateFiles(Root).Where(file => Path.GetExtension(file) is ".html" or ".js")
            .SelectMany(file => Asked().Matches(File.ReadAllText(file))).Select(match => match.Groups["key"].Value).Distinct();

        Assert.That(asked, Is.SubsetOf(Read("en").Keys));
    }

    [Test]
    public void Nothing_comes_from_another_host()
    {
        var addresses = Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .SelectMany(file => Address().Matches(File.ReadAllText(file)))
            .Select(match => match.Value)
            .Except(["http://www.w3.org/2000/svg"]);

        Assert.That(addresses, Is.Empty);
    }

    private static string[] Languages() => [.. JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Root, "texts", "languages.json")))!.Keys];

    private static Dictionary<string, string> Read(string language) => JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Root, "texts", $"{language}.json")))!;

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value);

    [GeneratedRegex("""(?:data-(?:text|label|title)="|\btext\(')(?<key>[\w.-]+)["']""")]
    private static partial Regex Asked();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"https?://[\w.]+[\w./]*")]
    private static partial Regex Address();
}
