namespace DiffusionX.Transport;

/// <summary>
/// Checks the options of one record. Each option is named as the user wrote it, and each failure says what would be right; whoever is asked
/// to use the options throws it, before anything is done with them.
/// </summary>
/// <param name="failure">Makes the exception of a message.</param>
/// <param name="path">What stands before the options' names, such as <c>Refinement.</c> for those of a record within another one.</param>
internal sealed class OptionChecker(Func<string, DiffusionXException> failure, string path = "")
{
    /// <summary>The checker of a record within this one.</summary>
    public OptionChecker Of(string record) => new(failure, $"{path}{record}.");

    public void NotNull(object? value, string name)
    {
        if (value is null)
        {
            throw failure($"The option {path}{name} is null. Leave it out for its default.");
        }
    }

    // Written so that NaN is outside of every range.
    public void Within(double value, double smallest, double largest, string name, string unit = "")
    {
        if (!(value >= smallest && value <= largest))
        {
            throw failure(
                FormattableString.Invariant($"The option {path}{name} is {value}{unit}; it has to be from {smallest} to {largest}{unit}."));
        }
    }

    public void AtLeast(double value, double smallest, string name)
    {
        if (!(value >= smallest))
        {
            throw failure(FormattableString.Invariant($"The option {path}{name} is {value}; it has to be at least {smallest}."));
        }
    }

    // A day is more than any sane wait, and well within what timers take.
    public void Duration(TimeSpan value, string name, bool mayBeZero = false) =>
        Within(value.TotalSeconds, mayBeZero ? 0 : TimeSpan.FromTicks(1).TotalSeconds, TimeSpan.FromDays(1).TotalSeconds, name, " s");
}
