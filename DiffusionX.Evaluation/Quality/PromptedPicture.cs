using DiffusionX.Imaging;

namespace DiffusionX.Evaluation.Quality;

/// <summary>A picture, and what it should show.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Prompt">Its prompt; null where nobody knows.</param>
internal sealed record PromptedPicture(Picture Picture, string? Prompt);
