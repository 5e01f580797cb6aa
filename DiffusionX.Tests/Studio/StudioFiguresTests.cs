using DiffusionX.Evaluation;

namespace DiffusionX.Tests.Studio;

/// <summary>What docs/STUDIO.md says of times, measured in Chromium.</summary>
[TestFixture]
[Category("Browser")]
[Explicit("It measures.")]
public sealed class StudioFiguresTests
{
    private const int Rounds = 24;

    private static readonly string[] Colours = ["red", "blue", "green", "yellow", "white", "black"];

    [Test]
    public async Task From_Enter_to_the_first_pixels_and_to_the_picture()
    {
        await using var studio = await StudioPage.OpenAsync();
        await studio.ChooseSeedAsync(7);
        var whole = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var drawn = await studio.DrawAsync($"a {Colours[round % Colours.Length]} house under a {Colours[round * 5 % 7 % Colours.Length]} moon");
            whole.Add(drawn.GetProperty("seconds").GetDouble() * 1000);
        }

        var first = await studio.Page.EvaluateAsync<double[]>("() => performance.getEntriesByName('first-pixels').map(entry => entry.duration)");

        // The first round compiles the code.
        TestContext.Out.WriteLine($"{first.Length} rounds, ms to the first pixels: {Describe(first[1..])}; of a round: {Describe([.. whole.Skip(1)])}.");
        Assert.That(first, Has.Length.GreaterThan(Rounds / 2));
    }

    private static string Describe(IReadOnlyList<double> times) => $"{times.Min():F0} at best, {Quantile.Of(times, 0.5):F0} in the median";
}
