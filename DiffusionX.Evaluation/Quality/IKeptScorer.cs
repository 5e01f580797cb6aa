using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>Says how much of one picture a later one still shows.</summary>
internal interface IKeptScorer : IDisposable
{
    /// <summary>Which network, and by what.</summary>
    string Name { get; }

    /// <summary>One number for each pair, higher for more that was kept; NaN where there was nothing to keep.</summary>
    /// <returns>[B], on the CPU.</returns>
    Tensor Score(IReadOnlyList<KeptPair> pairs);
}

/// <summary>A picture, and what became of it.</summary>
/// <param name="Earlier">What somebody saw.</param>
/// <param name="EarlierPrompt">What it should show.</param>
/// <param name="Later">The next round, or the refined picture.</param>
/// <param name="LaterPrompt">What that should show.</param>
internal sealed record KeptPair(Picture Earlier, string EarlierPrompt, Picture Later, string LaterPrompt)
{
    /// <summary>Whether something was asked to go elsewhere or to change its size, so that places say nothing.</summary>
    public bool MayMove { get; init; }
}
