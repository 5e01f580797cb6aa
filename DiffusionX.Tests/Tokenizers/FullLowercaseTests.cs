using DiffusionX.Tokenizers;


namespace DiffusionX.Tests.Tokenizers;

[TestFixture]
public sealed class FullLowercaseTests
{
    [TestCase("STRASSE Ünter ẞ", "strasse ünter ß")]
    [TestCase("İstanbul", "i\u0307stanbul")]
    [TestCase("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [TestCase("Σ", "σ", Description = "alone")]
    [TestCase("ΑΣ.", "ας.")]
    [TestCase("ΑΣ'Α", "ασ'α", Description = "an apostrophe within a word")]
    [TestCase("Α\u0301Σ", "α\u0301ς", Description = "a mark between")]
    [TestCase("𐐀", "𐐨", Description = "outside the basic plane")]
    public void Letters_are_lowered_as_Python_does(string text, string lowered) => Assert.That(FullLowercase.Of(text), Is.EqualTo(lowered));
}
