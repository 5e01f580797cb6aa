using NUnit.Framework.Constraints;

namespace DiffusionX.Tests.Constraints;

/// <summary>A result whose message says what differs in place of the whole value.</summary>
internal sealed class DifferenceResult(IConstraint constraint, object? actual, string? difference)
    : ConstraintResult(constraint, actual, difference is null)
{
    public override void WriteActualValueTo(MessageWriter writer) => writer.Write(difference);
}
