using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>Says how well pictures fit their prompts.</summary>
internal interface IPromptScorer : IDisposable
{
    /// <summary>What stands beside its figures, such as the model's name.</summary>
    string Name { get; }

    /// <summary>How pictures are brought to its size, which changes figures.</summary>
    string Resize { get; }

    /// <summary>The score of each picture.</summary>
    /// <param name="pictures">At least one.</param>
    /// <param name="prompts">As many, in the same order.</param>
    /// <returns>[B], which belongs to the caller's dispose scope.</returns>
    Tensor Score(IReadOnlyList<Picture> pictures, IReadOnlyList<string> prompts);
}
