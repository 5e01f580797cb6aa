using static DiffusionX.Evaluation.Inception.Branch;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>
/// Branches side by side, concatenated (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015).
/// The letters of the kinds are torchvision's, the figures the paper's.
/// </summary>
internal sealed class InceptionBlock : nn.Module<Tensor, Tensor>
{
    private readonly Branch[] branches;

    private InceptionBlock(params Branch[] branches)
        : base(nameof(InceptionBlock))
    {
        this.branches = branches;
        foreach (var (name, unit) in branches.SelectMany(branch => branch.Units))
        {
            register_module(name, unit);
        }
    }

    /// <summary>Figure 5, on the 35×35 grid; 224 channels come out, and those of the pooling.</summary>
    public static InceptionBlock A(long inputs, long pooled) => new(
        From(inputs).Convolve("branch1x1", 64, 1),
        From(inputs).Convolve("branch5x5_1", 48, 1).Convolve("branch5x5_2", 64, 5),
        From(inputs).Convolve("branch3x3dbl_1", 64, 1).Convolve("branch3x3dbl_2", 96, 3).Convolve("branch3x3dbl_3", 96, 3),
        From(inputs).Pool(Pooling.Average).Convolve("branch_pool", pooled, 1));

    /// <summary>Figure 10: from the 35×35 grid to 17×17; 480 channels come on top of those that came in.</summary>
    public static InceptionBlock B(long inputs) => new(
        From(inputs).ConvolveInside("branch3x3", 384, stride: 2),
        From(inputs).Convolve("branch3x3dbl_1", 64, 1).Convolve("branch3x3dbl_2", 96, 3).ConvolveInside("branch3x3dbl_3", 96, stride: 2),
        From(inputs).Pool(Pooling.Halving));

    /// <summary>Figure 6, on the 17×17 grid: 7×7 convolutions as 1×7 and 7×1. 768 channels come out.</summary>
    /// <param name="inputs">Channels that come in.</param>
    /// <param name="inner">Channels between the factors.</param>
    public static InceptionBlock C(long inputs, long inner) => new(
        From(inputs).Convolve("branch1x1", 192, 1),
        From(inputs).Convolve("branch7x7_1", inner, 1).Convolve("branch7x7_2", inner, (1, 7)).Convolve("branch7x7_3", 192, (7, 1)),
        From(inputs).Convolve("branch7x7dbl_1", inner, 1)
            .Convolve("branch7x7dbl_2", inner, (7, 1)).Convolve("branch7x7dbl_3", inner, (1, 7))
            .Convolve("branch7x7dbl_4", inner, (7, 1)).Convolve("branch7x7dbl_5", 192, (1, 7)),
        From(inputs).Pool(Pooling.Average).Convolve("branch_pool", 192, 1));

    /// <summary>From the 17×17 grid to 8×8; 512 channels come on top of those that came in.</summary>
    public static InceptionBlock D(long inputs) => new(
        From(inputs).Convolve("branch3x3_1", 192, 1).ConvolveInside("branch3x3_2", 320, stride: 2),
        From(inputs).Convolve("branch7x7x3_1", 192, 1)
            .Convolve("branch7x7x3_2", 192, (1, 7)).Convolve("branch7x7x3_3", 192, (7, 1)).ConvolveInside("branch7x7x3_4", 192, stride: 2),
        From(inputs).Pool(Pooling.Halving));

    /// <summary>Figure 7, on the 8×8 grid; 2048 channels come out.</summary>
    /// <param name="inputs">Channels that come in.</param>
    /// <param name="pooling">
    /// The pooling of the last branch. The FID network averages in its first block of this kind and takes the largest in its second.
    /// </param>
    public static InceptionBlock E(long inputs, Func<Tensor, Tensor> pooling) => new(
        From(inputs).Convolve("branch1x1", 320, 1),
        From(inputs).Convolve("branch3x3_1", 384, 1).Fork("branch3x3_2a", "branch3x3_2b", 384),
        From(inputs).Convolve("branch3x3dbl_1", 448, 1).Convolve("branch3x3dbl_2", 384, 3).Fork("branch3x3dbl_3a", "branch3x3dbl_3b", 384),
        From(inputs).Pool(pooling).Convolve("branch_pool", 192, 1));

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H', W'].</returns>
    public override Tensor forward(Tensor input) => Concatenation.Of(input, branches.Select(branch => (Func<Tensor, Tensor>)branch.Follow));
}
