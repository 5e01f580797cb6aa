using DiffusionX.Imaging;
using DiffusionX.Tests.Imaging;
using NUnit.Framework.Constraints;

namespace DiffusionX.Tests.Constraints;

/// <summary>
/// The expected picture, each channel of each pixel within a tolerance. A failure says how many pixels differ, and names the worst.
/// </summary>
internal sealed class SamePictureConstraint(Picture expected) : Constraint
{
    private const int NamedPixels = 3;

    private int tolerance;

    public override string Description => $"the same picture of {expected.Width}×{expected.Height} pixels, each channel within {tolerance} of 255";

    /// <summary>Lets each channel be off by so many of 255 levels.</summary>
    public SamePictureConstraint Within(int levels)
    {
        tolerance = levels;
        return this;
    }

    public override ConstraintResult ApplyTo<TActual>(TActual actual) =>
        new DifferenceResult(this, actual, actual is Picture picture ? DifferenceOf(picture) : "no picture");

    private string? DifferenceOf(Picture actual)
    {
        if ((actual.Width, actual.Height) != (expected.Width, expected.Height))
        {
            return $"a picture of {actual.Width}×{actual.Height} pixels";
        }

        var count = expected.Width * expected.Height;
        var differing = Enumerable.Range(0, count)
            .Select(i => (X: i % expected.Width, Y: i / expected.Width))
            .Select(at => (At: at, Actual: actual.At(at.X, at.Y), Expected: expected.At(at.X, at.Y)))
            .Where(pixel => Distance(pixel.Actual, pixel.Expected) > tolerance)
            .OrderByDescending(pixel => Distance(pixel.Actual, pixel.Expected))
            .ToArray();
        return differing.Length == 0
            ? null
            : $"{differing.Length} of {count} pixels differ, the worst by {Distance(differing[0].Actual, differing[0].Expected)}: "
                + string.Join("; ", differing.Take(NamedPixels).Select(pixel => $"{pixel.Actual} in place of {pixel.Expected} at {pixel.At}"));
    }

    private static int Distance((byte Red, byte Green, byte Blue) one, (byte Red, byte Green, byte Blue) other) =>
        Math.Max(Math.Abs(one.Red - other.Red), Math.Max(Math.Abs(one.Green - other.Green), Math.Abs(one.Blue - other.Blue)));
}
