using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>
/// One layer's change by a LoRA: two thin matrices whose product is added to the weight (Hu et al., "LoRA: Low-Rank Adaptation of Large
/// Language Models", 2021).
/// </summary>
/// <param name="Target">The weight.</param>
/// <param name="Down">The matrix that is applied first, [rank, in, …], in the file.</param>
/// <param name="Up">The matrix that is applied second, [out, rank, …].</param>
/// <param name="Scale">What their product is scaled by: alpha divided by the rank.</param>
internal sealed record LoraLayer(LoraTarget Target, TensorEntry Down, TensorEntry Up, double Scale)
{
    /// <summary>Whether two matrices make a change of a weight's shape.</summary>
    public static bool Fits(LoraTarget target, TensorEntry down, TensorEntry up) =>
        down.Shape.Count >= 2 && up.Shape.Count >= 2
        && down.Shape[0] > 0 && down.Shape[0] == up.Shape[1]
        && up.Shape[0] == target.Shape[0]
        && up.Shape.Skip(2).All(size => size == 1)
        && WithoutOnes(down.Shape).SequenceEqual(WithoutOnes(target.Shape));

    /// <summary>Adds the change to a weight.</summary>
    /// <param name="weight">The weight, float32, contiguous, on the CPU.</param>
    /// <param name="file">The LoRA's file.</param>
    /// <param name="strength">How much of the change.</param>
    public void AddTo(Tensor weight, SafetensorsFile file, double strength)
    {
        using var scope = NewDisposeScope();
        var rank = Down.Shape[0];
        var down = file.Read(Down.Name).to(ScalarType.Float32).view(rank, -1);
        var up = file.Read(Up.Name).to(ScalarType.Float32).view(-1, rank);
        weight.view(weight.size(0), -1).addmm_(up, down, beta: 1, alpha: (float)(strength * Scale));
    }

    // A linear layer may stand for a 1×1 convolution, on either side.
    private static IEnumerable<long> WithoutOnes(IReadOnlyList<long> shape) =>
        shape.Skip(1).Reverse().SkipWhile(size => size == 1).Reverse();
}
