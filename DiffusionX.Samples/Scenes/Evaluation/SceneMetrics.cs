namespace DiffusionX.Scenes.Evaluation;

/// <summary>Whose pictures, and how good they are.</summary>
/// <param name="Source">The model, or the drawings themselves.</param>
/// <param name="Fidelity">The share of the captions' things that the judge finds, with their colours.</param>
/// <param name="HeldOutFidelity">The same for the combinations that training never showed.</param>
/// <param name="Backdrops">The share of backdrops that the judge finds, of those that the captions name.</param>
/// <param name="ClipScore">The mean cosine between pictures and captions, by the scenes' CLIP.</param>
/// <param name="FrechetDistance">The Fréchet distance of the judge's features to those of other true drawings.</param>
/// <param name="SecondsPerPicture">Mean seconds to draw one here, if it was drawn just now.</param>
internal sealed record SceneMetrics(
    string Source, double Fidelity, double HeldOutFidelity, double Backdrops, double ClipScore, double FrechetDistance, double? SecondsPerPicture);
