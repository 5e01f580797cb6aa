using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// A 3×3 convolution of a map that is doubled by repeating its positions, without the doubled map. Of the nine positions that a kernel looks
/// at there, no more than four differ, so that each of the four results for a position of the small map is a 2×2 convolution of that map
/// with sums of the kernel's numbers: 16 instead of 36 products a position and channel (Aitken et al., Checkerboard artifact free
/// sub-pixel convolution, arXiv:1707.02937, read backwards). All four are outputs of one convolution.
/// </summary>
internal static class DoublingConvolution
{
    // Positions of a small map from which it is faster, measured in float32 and bfloat16 with 32 to 1280 channels; half of the time from 1024 on.
    private const long FewestPositions = 65;

    private const int Side = 3;
    private const int SumsSide = 2;
    private const int Results = 4;

    // Which rows of the kernel meet one row of the small map: [row of the result, even or odd][row of the sums].
    private static readonly int[][][] RowsMet = [[[0], [1, 2]], [[0, 1], [2]]];

    // [16, 9]: 1 where a number of the kernel is in a sum.
    private static readonly float[] Sums = CreateSums();

    /// <summary>Whether it is the faster way.</summary>
    /// <param name="input">[B, C, H, W].</param>
    public static bool Pays(Tensor input) =>
        !is_grad_enabled() && input.device_type == DeviceType.CPU && input.size(2) * input.size(3) >= FewestPositions;

    /// <param name="input">[B, C, H, W].</param>
    /// <param name="kernel">[out, C, 3, 3], channels last in memory.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[B, out, 2·H, 2·W], channels last in memory.</returns>
    public static Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var (height, width, outputs) = (input.size(2), input.size(3), kernel.size(0));
        var addend = bias?.repeat(Results);

        // A position more than the small map has in each direction: each of the four looks at other ones of them.
        var results = FeatureMap.ToRows(nn.functional.conv2d(input, SumKernels(kernel), addend, [1, 1], [SumsSide - 1, SumsSide - 1]));
        var rows = empty([input.size(0), height, 2, width, 2, outputs], input.dtype, input.device);
        for (var result = 0; result < Results; result++)
        {
            var (row, column) = (result / 2, result % 2);
            var from = results.narrow(1, row, height).narrow(2, column, width).narrow(3, result * outputs, outputs);
            rows.select(4, column).select(2, row).copy_(from);
        }

        return rows.view(input.size(0), 2 * height, 2 * width, outputs).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    // [4·out, C, 2, 2] of a kernel [out, C, 3, 3], both channels last in memory.
    private static Tensor SumKernels(Tensor kernel)
    {
        var (outputs, channels) = (kernel.size(0), kernel.size(1));
        var numbers = FeatureMap.ToRows(kernel).view(outputs, Side * Side, channels);
        var sums = tensor(Sums, [Results * SumsSide * SumsSide, Side * Side]).to(kernel.dtype).matmul(numbers);
        return sums.view(outputs, Results, SumsSide, SumsSide, channels)
            .transpose(0, 1)
            .reshape(Results * outputs, SumsSide, SumsSide, channels)
            .permute(0, 3, 1, 2);
    }

    private static float[] CreateSums()
    {
        var sums = new float[Results * SumsSide * SumsSide * Side * Side];
        for (var sum = 0; sum < sums.Length / (Side * Side); sum++)
        {
            var (row, column) = (RowsMet[sum / 8][sum / 2 % 2], RowsMet[sum / 4 % 2][sum % 2]);
            foreach (var (y, x) in row.SelectMany(y => column.Select(x => (y, x))))
            {
                sums[(sum * Side * Side) + (y * Side) + x] = 1;
            }
        }

        return sums;
    }
}
