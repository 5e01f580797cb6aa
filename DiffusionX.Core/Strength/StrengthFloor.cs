namespace DiffusionX.Strength;

/// <summary>
/// Where more noise costs nothing: from one strength on, a refinement takes no more steps
/// (<see cref="Schedulers.Skipping.SkipStepSchedule.AtMost"/>). A prediction that lies there is raised to the floor. A head that is unsure
/// predicts a strength between much noise and little, which costs as many steps as the largest strength and draws worse pictures.
/// </summary>
/// <param name="From">The least strength that takes as many steps as the largest.</param>
/// <param name="Strength">What draws the best pictures, on average over many changes, of those that take as many.</param>
internal sealed record StrengthFloor(double From, double Strength)
{
    /// <summary>A prediction, raised where that costs nothing.</summary>
    /// <param name="predicted">What the head says.</param>
    public double Raise(double predicted) => predicted >= From ? Math.Max(predicted, Strength) : predicted;
}
