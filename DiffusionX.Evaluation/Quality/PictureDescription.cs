using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>What a network sees in pictures.</summary>
/// <param name="Features">The numbers that a Fréchet distance compares, [B, D].</param>
/// <param name="Logits">The logits of the classes that an Inception Score is taken of, [B, classes]; null where it names none.</param>
internal readonly record struct PictureDescription(Tensor Features, Tensor? Logits);
