using DiffusionX.Evaluation.Prompts;
using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Tests.Training.StrengthLabels;

[TestFixture]
public sealed class StrengthLabelTests
{
    private static readonly StrengthLabelOptions Drawn = new() { Steps = 10, MaxStepFraction = 0.5 };

    private static readonly PromptSession Session = new("s", [new PromptRound("a boat"), new PromptRound("a red boat"), new PromptRound("a red boat at night")]);

    [Test]
    public void On_the_edge_each_round_is_a_pair_with_the_one_before_it()
    {
        var pairs = StrengthPair.Of(StrengthSide.Edge, [Session]);

        Assert.That(pairs, Is.EqualTo(new[] { new StrengthPair("s", 2, "a boat", "a red boat"), new StrengthPair("s", 3, "a red boat", "a red boat at night") }));
    }

    [Test]
    public void In_the_cloud_the_last_round_is_a_pair_with_the_one_that_its_draft_came_from()
    {
        var pairs = StrengthPair.Of(StrengthSide.Cloud, [Session]);

        Assert.That(pairs, Is.EqualTo(new[] { new StrengthPair("s", 3, "a red boat", "a red boat at night") }));
    }

    [Test]
    public void In_the_cloud_a_session_of_one_round_is_a_pair_with_itself()
    {
        var pairs = StrengthPair.Of(StrengthSide.Cloud, [new PromptSession("s", [new PromptRound("a boat")])]);

        Assert.That(pairs, Is.EqualTo(new[] { new StrengthPair("s", 1, "a boat", "a boat") }));
    }

    [Test]
    public void The_best_score_is_the_papers_label_and_the_frugal_one_comes_close_with_less_noise()
    {
        var label = Label(0.20, 0.25, 0.298, 0.29, 0.28, 0.299, 0.30, 0.30, 0.29, 0.28, 0.27);

        Assert.That(label.Strength(StrengthRule.BestScore, Drawn), Is.EqualTo(0.70));
        Assert.That(label.Strength(StrengthRule.Frugal, Drawn, tolerance: 0.005), Is.EqualTo(0.50));
    }

    [TestCase(0.298, 0.40)]
    [TestCase(0.290, 0.70)]
    public void Where_few_steps_do_not_come_close_the_best_score_of_those_that_cost_the_same_is_taken(double scoreOfFewSteps, double expected)
    {
        var label = Label(scoreOfFewSteps, 0.25, 0.298, 0.29, 0.28, 0.299, 0.30, 0.30, 0.29, 0.28, 0.27);

        Assert.That(label.Strength(StrengthRule.FewestSteps, Drawn, tolerance: 0.005), Is.EqualTo(expected));
    }

    private static StrengthLabel Label(params double[] scores) => new(new StrengthPair("s", 2, "a boat", "a red boat"), Seed: 1, StartScore: 0.2, scores, Noise: 0.01);
}
