namespace DiffusionX.Strength;

/// <summary>
/// Where more noise costs nothing: from one strength on a redrawing takes no more steps (<see cref="Schedulers.Skipping.SkipStepSchedule.AtMost"/>), and a prediction that lies there is raised
/// to the floor. A head hedges between changes that need much and changes that need little; what lies between costs what much costs, and draws worse pictures.
/// </summary>
/// <param name="From">The least strength that takes as many steps as the largest.</param>
/// <param name="Strength">What draws the best pictures, on average over many changes, of those that take as many.</param>
internal sealed record StrengthFloor(double From, double Strength)
{
    /// <summary>A prediction, raised where that costs nothing.</summary>
    /// <param name="predicted">What the head says.</param>
    public double Raise(double predicted) => predicted >= From ? Math.Max(predicted, Strength) : predicted;
}
