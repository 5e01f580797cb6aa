using DiffusionX.Pipeline.Latents;
using NUnit.Framework.Constraints;

namespace DiffusionX.Tests.Constraints;

/// <summary>
/// The expected latent, each value within a tolerance. A failure says how many values differ, and where the first and the worst are.
/// </summary>
internal sealed class SameLatentConstraint(Latent expected) : Constraint
{
    private double tolerance;

    public override string Description => $"the same latent of {SizeOf(expected)}, each value within {tolerance}";

    /// <summary>Lets each value be off by so much.</summary>
    public SameLatentConstraint Within(double distance)
    {
        tolerance = distance;
        return this;
    }

    public override ConstraintResult ApplyTo<TActual>(TActual actual) =>
        new DifferenceResult(this, actual, actual is Latent latent ? DifferenceOf(latent) : "no latent");

    private string? DifferenceOf(Latent actual)
    {
        if (!actual.HasSizeOf(expected))
        {
            return $"a latent of {SizeOf(actual)}";
        }

        var differing = Enumerable.Range(0, expected.Values.Length).Where(i => Differ(actual.Values[i], expected.Values[i])).ToArray();
        if (differing.Length == 0)
        {
            return null;
        }

        var worst = differing.MaxBy(i => Math.Abs(actual.Values[i] - expected.Values[i]));
        return $"{differing.Length} of {expected.Values.Length} values differ; the first: {At(differing[0])}; the worst: {At(worst)}";

        string At(int i) => $"{actual.Values[i]} in place of {expected.Values[i]} at [{Position(i)}]";
    }

    // Not a number differs from every number, whatever the tolerance.
    private bool Differ(float one, float other) => !one.Equals(other) && !(Math.Abs(one - other) <= tolerance);

    private string Position(int i) =>
        $"{i / (expected.Height * expected.Width)}, {i / expected.Width % expected.Height}, {i % expected.Width}";

    private static string SizeOf(Latent latent) => $"{latent.Channels}×{latent.Height}×{latent.Width}";
}
