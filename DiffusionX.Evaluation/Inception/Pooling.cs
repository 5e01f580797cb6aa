using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>The poolings of Inception over 3×3 positions, [B, C, H, W] each.</summary>
internal static class Pooling
{
    /// <summary>The mean of each position's neighbourhood. What lies beyond the edge does not count, as FID's network has it.</summary>
    public static Tensor Average(Tensor map) =>
        nn.functional.avg_pool2d(map, kernel_size: 3, stride: 1, padding: 1, count_include_pad: false);

    /// <summary>The largest value of each position's neighbourhood.</summary>
    public static Tensor Largest(Tensor map) => nn.functional.max_pool2d(map, kernel_size: 3, stride: 1, padding: 1);

    /// <summary>The largest value of every other neighbourhood: halves height and width, without padding.</summary>
    public static Tensor Halving(Tensor map) => nn.functional.max_pool2d(map, kernel_size: 3, stride: 2);
}
