namespace DiffusionX.Pipeline;

/// <summary>What of a model is being loaded.</summary>
/// <param name="Component">The component: <c>unet</c>, <c>vae</c>, <c>text_encoder</c> …</param>
/// <param name="Index">Its place, from 1.</param>
/// <param name="Count">How many there are.</param>
public sealed record LoadingProgress(string Component, int Index, int Count);
