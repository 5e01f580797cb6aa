namespace DiffusionX.Scenes.Evaluation;

/// <summary>Where an evaluation is.</summary>
/// <param name="Part">What is being measured.</param>
/// <param name="Done">Pictures done of this part.</param>
/// <param name="Count">Pictures of this part.</param>
internal sealed record SceneEvaluationProgress(string Part, int Done, int Count);
