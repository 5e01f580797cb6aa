using DiffusionX.Transport;

namespace DiffusionX.Tests.Transport;

[TestFixture]
public sealed class PlainTextTests
{
    [TestCase("größer, 家, 🎨", "größer, 家, 🎨")]
    [TestCase("\u001b[31mred\u001b[0m", "[31mred [0m")]
    [TestCase("one\r\ntwo\u2028three\u0085", "one  two three")]
    [TestCase("\u202Eevil\u202C \u200B", "evil")]
    [TestCase("\0\u009B2J", "2J")]
    [TestCase("", "")]
    public void What_is_not_to_be_seen_becomes_a_space(string text, string plain) =>
        Assert.That(PlainText.Of(text, 100), Is.EqualTo(plain));

    [Test]
    public void What_is_too_long_is_cut_between_characters([Range(60, 70)] int length)
    {
        var text = string.Concat(Enumerable.Repeat("🎨", length));

        var plain = PlainText.Of(text, 64);

        Assert.That(plain, Has.Length.LessThanOrEqualTo(64).And.EndsWith("🎨…"));
        Assert.That(PlainText.IsWellFormed(plain), Is.True);
    }

    [Test]
    public void Half_a_character_is_found_and_replaced()
    {
        // Not as test cases: attributes can't hold them.
        string[] halves = ["\uD83D", "\uDFA8\uD83C", "a\uD83D\uD83D\uDE00"];

        Assert.That(halves.Select(text => PlainText.IsWellFormed(text)), Has.All.False);
        Assert.That(halves.Select(text => PlainText.IsWellFormed(PlainText.Of(text, 100))), Has.All.True);
        Assert.That(PlainText.IsWellFormed("a🎨b"), Is.True);
    }
}
