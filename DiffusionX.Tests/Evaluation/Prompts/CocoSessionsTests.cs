using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Tests.Evaluation.Prompts;

[TestFixture]
public sealed class CocoSessionsTests
{
    private static readonly string[] Texts =
    [
        "A brown dog sitting on a beach near a ball.",
        "An orange cat laying on top of a wooden table.",
        "Two small children playing in the snow with a sled.",
        "A red double decker bus parked in front of a building.",
        "The old man with a hat is holding an umbrella.",
        "There is nothing here that fits.",
        "A 747 plane flying.",
        "Dogs run.",
    ];

    // Two captions for each image, so that there is a choice.
    private static readonly CocoCaption[] Captions = [.. Enumerable.Range(0, 80).Select(i => new CocoCaption(i, i / 2, Texts[i % Texts.Length]))];

    [Test]
    public void A_session_grows_to_a_caption()
    {
        var rounds = CaptionGrowth.Of(Texts[0], 4, new Random(2));

        Assert.That(rounds, Is.EqualTo(new PromptRound[]
        {
            new("a dog"),
            new("a brown dog", "attribute"),
            new("a brown dog sitting on a beach", "setting"),
            new("a brown dog sitting on a beach near a ball", "detail"),
        }));
    }

    [Test]
    public void A_session_may_change_a_word_at_last()
    {
        var sessions = CocoSessions.Draw(Captions, 20, rounds: 3, seed: 1);

        var changed = sessions.Where(session => session.Rounds[^1].Edit == "substitution").ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(changed, Is.Not.Empty);
            Assert.That(sessions, Is.Not.EquivalentTo(changed));
            Assert.That(changed.Select(session => WordsThatDiffer(session.Rounds[^2].Prompt, session.Rounds[^1].Prompt)), Has.All.InRange(1, 2));
        });
    }

    [Test]
    public void Articles_fit_the_words_that_follow() =>
        Assert.That(CaptionGrowth.Of(Texts[1], 3, new Random(2))!.Value.Take(2).Select(round => round.Prompt), Is.EqualTo(new[] { "a cat", "an orange cat" }));

    [Test]
    public void Things_in_groups_stay_together() =>
        Assert.That(CaptionGrowth.Of("A large bunch of bananas hanging in a market.", 3, new Random(2))!.Value.Select(round => round.Prompt), Is.EqualTo(new[]
        {
            "a bunch of bananas", "a large bunch of bananas", "a large bunch of bananas hanging in a market",
        }));

    [TestCase("A close up of a plate of food.")]
    [TestCase("A yellow and blue train traveling down train tracks.")]
    [TestCase("A kitchen with a stove, microwave and refrigerator.")]
    [TestCase("A man sitting on a")]
    [TestCase("Standing in the rain with a dog.")]
    public void Captions_that_are_not_understood_are_left_out(string caption) => Assert.That(CaptionGrowth.Of(caption, 2, new Random(2)), Is.Null);

    [Test]
    public void Every_session_has_its_rounds_ends_with_its_caption_and_has_an_image_of_its_own([Values(2, 3, 4)] int rounds)
    {
        var sessions = CocoSessions.Draw(Captions, 20, rounds, seed: 3);

        var texts = Texts.Select(text => text.TrimEnd('.').ToLowerInvariant()).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(sessions.Select(session => session.Rounds.Length), Has.All.EqualTo(rounds));
            Assert.That(sessions.Select(session => session.Rounds[^1].Prompt).Distinct(), Is.SubsetOf(texts));
            Assert.That(sessions.Select(session => session.Id.Split('-')[1]), Is.Unique);
            Assert.That(sessions.Select(session => session.Rounds.Select(round => round.Prompt)), Has.All.Unique);
        });
    }

    [Test]
    public void The_same_seed_draws_the_same_sessions_in_whatever_order_the_captions_come() =>
        Assert.That(CocoSessions.Draw(Captions.Reverse(), 20, seed: 5), Is.EqualTo(CocoSessions.Draw(Captions, 20, seed: 5)));

    [Test]
    public void Another_seed_draws_others() =>
        Assert.That(CocoSessions.Draw(Captions, 20, seed: 6), Is.Not.EqualTo(CocoSessions.Draw(Captions, 20, seed: 5)));

    [Test]
    public void Too_few_captions_are_said_to_be_so() =>
        Assert.That(() => CocoSessions.Draw(Captions, 400), Throws.InstanceOf<PromptSetException>().With.Message.Contains("400 were asked for"));

    private static int WordsThatDiffer(string one, string other) => one.Split(' ').Zip(other.Split(' ')).Count(pair => pair.First != pair.Second);
}
