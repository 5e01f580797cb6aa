namespace DiffusionX.Evaluation.Prompts;

/// <summary>One round of a session.</summary>
/// <param name="Prompt">What somebody typed.</param>
/// <param name="Edit">What changed since the round before, in a word such as <c>setting</c>; null in the first round, or where nobody
/// says.</param>
internal sealed record PromptRound(string Prompt, string? Edit = null);
