using DiffusionX.Strength;
using static TorchSharp.torch;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>One thing to learn from, or to be measured on.</summary>
/// <param name="Features">What a head is given.</param>
/// <param name="Label">The strength that it should say.</param>
/// <param name="Distance">How far the start is from the prompt, in one number: a predictor that knows no more is what a head is held
/// against.</param>
/// <param name="HeldOut">Whether it is kept from training.</param>
internal sealed record StrengthExample(ReadOnlyMemory<float> Features, double Label, double Distance, bool HeldOut)
{
    /// <summary>What a head is given of several examples.</summary>
    /// <returns>[N, D].</returns>
    internal static Tensor Batch(IReadOnlyList<StrengthExample> examples) =>
        tensor(examples.SelectMany(example => example.Features.ToArray()).ToArray(), [examples.Count, examples[0].Features.Length]);

    /// <summary>What a head that is still learning says to several examples, within <see cref="StrengthRange"/>.</summary>
    internal static IReadOnlyList<double> Predict(nn.Module<Tensor, Tensor> head, IReadOnlyList<StrengthExample> examples)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        return [.. head.forward(Batch(examples)).cpu().data<float>().ToArray().Select(strength => StrengthRange.Clip(strength))];
    }
}
