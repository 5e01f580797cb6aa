using DiffusionX.Tokenizers.Unicode;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Tokenizers.Unicode;

[TestFixture]
public sealed class CanonicalFormTests
{
    [TestCase("cafe", "cafe")]
    [TestCase("e\u0301", "\u00E9")]
    [TestCase("\u212B", "\u00C5", Description = "the Ångström sign")]
    [TestCase("s\u0307\u0323", "\u1E69", Description = "marks out of order")]
    [TestCase("a\u0315\u0300", "\u00E0\u0315", Description = "a mark that must pass another one")]
    [TestCase("\u0915\u093C", "\u0915\u093C", Description = "a pair that is not put together")]
    [TestCase("\u1112\u1161\u11AB", "\uD55C", Description = "a Hangul syllable")]
    [TestCase("\uFB01", "\uFB01", Description = "a ligature is another character, not another spelling")]
    public void Composition_puts_bases_and_marks_together(string text, string composed) =>
        Assert.That(CanonicalForm.Compose(text), Is.EqualTo(composed));

    [TestCase("é", "e\u0301")]
    [TestCase("\u1E69", "s\u0323\u0307")]
    [TestCase("\uD55C", "\u1112\u1161\u11AB")]
    [TestCase("\u01D5", "U\u0308\u0304", Description = "twice")]
    public void Decomposition_takes_them_apart(string text, string decomposed) =>
        Assert.That(CanonicalForm.Decompose(text), Is.EqualTo(decomposed));

    [Test]
    public void Half_a_surrogate_pair_is_replaced() => Assert.That(CanonicalForm.Compose("a\uD83D"), Is.EqualTo("a\uFFFD"));

    [Test]
    public void The_two_forms_agree_on_what_is_the_same() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
    {
        var composed = CanonicalForm.Compose(text ?? "");
        var decomposed = CanonicalForm.Decompose(text ?? "");
        return CanonicalForm.Compose(composed) == composed && CanonicalForm.Compose(decomposed) == composed
            && CanonicalForm.Decompose(composed) == CanonicalForm.Decompose(decomposed);
    }).QuickCheckThrowOnFailure();
}
