namespace DiffusionX.Training;

/// <summary>Where a training run is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The loss, averaged over the last hundred steps.</param>
/// <param name="Elapsed">Time since this run began or went on.</param>
/// <param name="Remaining">Time left at the speed so far.</param>
/// <param name="Note">What the stage has to say, such as how fast its data comes.</param>
internal sealed record TrainingProgress(int Step, int Steps, double Loss, TimeSpan Elapsed, TimeSpan Remaining, string Note);
