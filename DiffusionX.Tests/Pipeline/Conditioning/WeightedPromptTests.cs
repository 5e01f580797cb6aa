using System.Globalization;
using DiffusionX.Pipeline.Conditioning;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Pipeline.Conditioning;

[TestFixture]
public sealed class WeightedPromptTests
{
    // The first ones are the examples in A1111's own parser.
    [TestCase("normal text", "normal text=1")]
    [TestCase("an (important) word", "an =1|important=1.1| word=1")]
    [TestCase("(unbalanced", "unbalanced=1.1")]
    [TestCase(@"\(literal\]", "(literal]=1")]
    [TestCase("(unnecessary)(parens)", "unnecessaryparens=1.1")]
    [TestCase(
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        "a =1|house=1.573|" + " =1.1|on=1| a =1.1|hill=0.55|, sun, =1.1|sky=1.4641|.=1.1")]
    [TestCase("", "=1")]
    [TestCase("a (red:1.4) cat", "a =1|red=1.4| cat=1")]
    [TestCase("((word))", "word=1.21")]
    [TestCase("[word]", "word=0.909")]
    [TestCase("[[word]] x", "word=0.826| x=1")]
    [TestCase("[unbalanced", "unbalanced=0.909")]
    [TestCase("closed) too ]often", "closed) too ]often=1")]
    [TestCase("(a:1.2) (b:1.2)", "a=1.2| =1|b=1.2")]
    [TestCase("(a [b] c:2)", "a =2|b=1.8182| c=2")]
    [TestCase("(word: -0.5 )", "word=-0.5")]
    [TestCase("(word:+2)", "word=2")]
    [TestCase("(ratio 16:9)", "ratio 16=9")]
    [TestCase("ratio 16:9 (x)", "ratio 16:9 =1|x=1.1")]
    [TestCase("word:1.3)", "word:1.3)=1")]
    [TestCase("(word:1.2.3)", "word:1.2.3)=1.1")]
    [TestCase("[word:1.3)", "word:1.3)=0.909")]
    [TestCase(@"a \\(cat)", @"a \=1|cat=1.1")]
    [TestCase(@"back\slash", @"back\slash=1")]
    [TestCase("()", "=1")]
    public void A_prompt_is_weighed_as_A1111_weighs_it(string prompt, string expected)
    {
        var parsed = WeightedPrompt.Parse(prompt, PromptSyntax.Weighted);

        Assert.That(Describe(parsed), Is.EqualTo(expected));
    }

    [TestCase("a BREAK b", "a =1/ b=1")]
    [TestCase("(a BREAK b:2) c", "a =2/ b=2| c=1")]
    [TestCase("BREAK", "=1/=1")]
    [TestCase("aBREAKb break", "aBREAKb break=1")]
    public void BREAK_begins_a_section_even_within_brackets(string prompt, string expected) =>
        Assert.That(Describe(WeightedPrompt.Parse(prompt, PromptSyntax.Weighted)), Is.EqualTo(expected));

    [TestCase("a cat <lora:film-grain:0.8>, sharp", "a cat , sharp=1", "film-grain 0.8 0.8")]
    [TestCase("<lora:x>", "=1", "x 1 1")]
    [TestCase("<lora:x:-0.5>", "=1", "x -0.5 -0.5")]
    [TestCase("<lora:x:0.5:1>", "=1", "x 0.5 1")]
    [TestCase("(a <lora:x:0.5> b:1.2)", "a  b=1.2", "x 0.5 0.5")]
    [TestCase("<lora:a:1><lyco:b:2>", "=1", "a 1 1, b 2 2")]
    public void LoRAs_are_taken_out_of_the_text(string prompt, string text, string loras)
    {
        var parsed = WeightedPrompt.Parse(prompt, PromptSyntax.Weighted);

        Assert.That(Describe(parsed), Is.EqualTo(text));
        Assert.That(
            string.Join(", ", parsed.Loras.Select(lora => FormattableString.Invariant($"{lora.Name} {lora.TextEncoderWeight} {lora.UNetWeight}"))),
            Is.EqualTo(loras));
        Assert.That(parsed.Notes, Is.Empty);
    }

    [TestCase("a <lora:x:much>", "<lora:x:much>")]
    [TestCase("a <lora:x:1:2:3>", "<lora:x:1:2:3>")]
    [TestCase("a <hypernet:x:1>", "<hypernet:x:1>")]
    [TestCase("a [cat:dog:0.5]", "[cat:dog:0.5]")]
    [TestCase("a [cat:0.5]", "[cat:0.5]")]
    [TestCase("a [cat|dog]", "[cat|dog]")]
    [TestCase("a cat AND a dog", "AND")]
    public void What_is_not_done_is_said(string prompt, string mentioned) =>
        Assert.That(WeightedPrompt.Parse(prompt, PromptSyntax.Weighted).Notes, Has.One.Contains(mentioned));

    [Test]
    public void A_plain_prompt_is_one_piece_as_it_is()
    {
        var parsed = WeightedPrompt.Parse("(a:1.3) <lora:x> BREAK", PromptSyntax.Plain);

        Assert.That(Describe(parsed), Is.EqualTo("(a:1.3) <lora:x> BREAK=1"));
        Assert.That(parsed.Loras, Is.Empty);
        Assert.That(parsed.IsUnweighted);
    }

    [TestCase("a cat <lora:film-grain:0.8>", "LoRA (<lora:film-grain:0.8>)")]
    [TestCase("a (red:1.4) cat", "weights ((red:1.4))")]
    [TestCase("a ((red)) cat", "weights (((red)))")]
    [TestCase("a [red] cat", "weights ([red])")]
    [TestCase("a BREAK b", "BREAK")]
    public void Read_as_plain_words_the_syntax_is_mentioned(string prompt, string mentioned) =>
        Assert.That(WeightedPrompt.DescribeUnread(prompt), Does.Contain(mentioned).And.Contains("plain words"));

    [TestCase("a (red:1.4) cat", "Weights in the prompt: 'red' 1.4.")]
    [TestCase("((a)) [b]", "Weights in the prompt: 'a' 1.21, 'b' 0.909.")]
    [TestCase("a cat", null)]
    public void Weights_are_told(string prompt, string? sentence) =>
        Assert.That(WeightedPrompt.Parse(prompt, PromptSyntax.Weighted).DescribeWeights(), Is.EqualTo(sentence));

    [TestCase("a cat (on a mat)")]
    [TestCase(@"a \(red:1.4\) cat")]
    [TestCase("at 16:9, 8k <3")]
    public void Plain_English_is_not_mentioned(string prompt) => Assert.That(WeightedPrompt.DescribeUnread(prompt), Is.Null);

    [TestCase("(cat:101)")]
    [TestCase("(cat:-101)")]
    [TestCase("<lora:x:1000>")]
    [TestCase("((cat:50):50)")]
    public void Absurd_weights_are_refused(string prompt) =>
        Assert.That(() => WeightedPrompt.Parse(prompt, PromptSyntax.Weighted), Throws.TypeOf<PromptException>().With.Message.Contains("weight"));

    [Test]
    public void A_hundred_thousand_brackets_are_refused_at_once() =>
        Assert.That(
            () => WeightedPrompt.Parse(new string('(', 100_000) + "cat", PromptSyntax.Weighted),
            Throws.TypeOf<PromptException>().With.Message.Contains("brackets"));

    [Test]
    public void Every_text_has_weights_or_one_clear_error()
    {
        var texts = Gen.Elements(@"()[]\:.1a <>|".ToCharArray()).Or(ArbMap.Default.ArbFor<char>().Generator).ArrayOf()
            .Select(characters => new string(characters).Replace("a", " BREAK ", StringComparison.Ordinal)).ToArbitrary();

        Prop.ForAll(texts, IsReadOrRefused).QuickCheckThrowOnFailure();
    }

    [TestCase(" ")]
    [TestCase(":")]
    [TestCase("(a:1 ")]
    [TestCase("[a:1")]
    [TestCase("[")]
    [TestCase("<lora:")]
    [TestCase("1")]
    public void A_long_text_takes_time_in_proportion(string repeated)
    {
        var text = string.Concat(Enumerable.Repeat(repeated, 20_000));

        Assert.That(IsReadOrRefused("[:" + text));
    }

    private static bool IsReadOrRefused(string text)
    {
        try
        {
            _ = WeightedPrompt.DescribeUnread(text);
            return WeightedPrompt.Parse(text, PromptSyntax.Weighted).Sections.All(section => section.All(piece => double.IsFinite(piece.Weight)));
        }
        catch (PromptException)
        {
            return true;
        }
    }

    private static string Describe(WeightedPrompt prompt) => string.Join('/', prompt.Sections.Select(section =>
        section.Count == 0 ? "=1" : string.Join('|', section.Select(piece =>
            string.Create(CultureInfo.InvariantCulture, $"{piece.Text}={(Math.Abs(piece.Weight) > 1 ? Math.Round(piece.Weight, 4) : Math.Round(piece.Weight, 3))}")))));
}
