namespace DiffusionX.Training.StrengthLearning;

/// <summary>How well a head does at some step of its training: mean absolute errors.</summary>
/// <param name="Step">The step.</param>
/// <param name="TrainingError">On what it learns from.</param>
/// <param name="HeldOutError">On what was kept from it.</param>
internal sealed record LearningCurvePoint(int Step, double TrainingError, double HeldOutError);
