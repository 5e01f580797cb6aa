using DiffusionX.Tests.Cli;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Tokenizers;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Tokenizers;

[TestFixture]
public sealed class NormalFormTests
{
    [NeedsIcu]
    [TestCase("cafe", "cafe")]
    [TestCase("e\u0301", "\u00E9")]
    [TestCase("\u212B", "\u00C5", Description = "the Ångström sign")]
    [TestCase("s\u0307\u0323", "\u1E69", Description = "marks out of order")]
    [TestCase("a\u0315\u0300", "\u00E0\u0315", Description = "a mark that must pass another one")]
    [TestCase("\u0915\u093C", "\u0915\u093C", Description = "a pair that is not put together")]
    [TestCase("\u1112\u1161\u11AB", "\uD55C", Description = "a Hangul syllable")]
    [TestCase("\uFB01", "\uFB01", Description = "a ligature is another character, not another spelling")]
    public void Composition_puts_bases_and_marks_together(string text, string composed) =>
        Assert.That(NormalForm.Compose(text), Is.EqualTo(composed));

    [NeedsIcu]
    [TestCase("é", "e\u0301")]
    [TestCase("\u1E69", "s\u0323\u0307")]
    [TestCase("\uD55C", "\u1112\u1161\u11AB")]
    [TestCase("\u01D5", "U\u0308\u0304", Description = "twice")]
    public void Decomposition_takes_them_apart(string text, string decomposed) =>
        Assert.That(NormalForm.Decompose(text), Is.EqualTo(decomposed));

    [Test]
    public void Half_a_surrogate_pair_is_replaced() => Assert.That(NormalForm.Compose("a\uD83D"), Is.EqualTo("a\uFFFD"));

    [Test]
    [NeedsIcu]
    public void A_code_point_that_is_no_character_stays_where_it_is() =>
        Assert.That(NormalForm.Compose("e\u0301\uFFFEe\u0301"), Is.EqualTo("é\uFFFEé"));

    [Test]
    [NeedsIcu]
    public void No_character_is_too_strange()
    {
        for (var code = 0x80; code <= 0xFFFF; code++)
        {
            var text = $"a{(char)code}";
            Assert.That(() => (NormalForm.Compose(text), NormalForm.Decompose(text)), Throws.Nothing, $"U+{code:X4}");
        }
    }

    [Test]
    [NeedsIcu]
    public void The_two_forms_agree_on_what_is_the_same()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            var composed = NormalForm.Compose(text ?? "");
            var decomposed = NormalForm.Decompose(text ?? "");
            return NormalForm.Compose(composed) == composed && NormalForm.Compose(decomposed) == composed
                && NormalForm.Decompose(composed) == NormalForm.Decompose(decomposed);
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    [NeedsIcu]
    public void A_long_text_is_composed_as_its_words_are([Range(4090, 4099)] int before)
    {
        var text = new string('ж', before) + "e\u0301🐱\u1112\u1161\u11AB が";

        var composed = NormalForm.Compose(text + text);

        Assert.That(composed, Is.EqualTo(NormalForm.Compose(text) + NormalForm.Compose(text)));
        Assert.That(composed, Does.EndWith("é🐱\uD55C が"));
    }

    [TestCase("cafe\u0301 at night", 1)]
    [TestCase("café at night, 猫", 0)]
    public async Task A_program_without_ICU_refuses_a_text_that_it_would_have_to_change(string prompt, int exitCode)
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("model"));
        string[] arguments = ["generate", prompt, "-m", folder.File("model"), "--steps", "1", "-o", folder.File("x.png")];

        var result = await DiffusionXProgram.RunWithAsync("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1", arguments);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
        Assert.That(result.ErrorLines, exitCode == 0 ? Is.Empty : Has.One.Contains("libicu"));
    }
}
