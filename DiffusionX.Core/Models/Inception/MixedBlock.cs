using static DiffusionX.Models.Inception.ConvolutionUnit;
using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>
/// An Inception block: several branches see the same map at different scales, and their outputs are stacked (Szegedy et al., "Rethinking
/// the Inception Architecture for Computer Vision", 2015, figures 5 to 7). The letters are torchvision's.
/// </summary>
internal sealed class MixedBlock : nn.Module<Tensor, Tensor>
{
    private readonly Branch[] branches;

    private MixedBlock(params Branch[] branches)
        : base(nameof(MixedBlock))
    {
        this.branches = branches;
        foreach (var (name, unit) in branches.SelectMany(branch => branch.Units))
        {
            register_module(name, unit);
        }
    }

    /// <summary>[B, inputs, H, W] → [B, 224 + pooled, H, W].</summary>
    public static MixedBlock A(long inputs, long pooled) => new(
        Branch.Of(("branch1x1", Same(inputs, 64, 1))),
        Branch.Of(("branch5x5_1", Same(inputs, 48, 1)), ("branch5x5_2", Same(48, 64, 5))),
        Branch.Of(
            ("branch3x3dbl_1", Same(inputs, 64, 1)),
            ("branch3x3dbl_2", Same(64, 96, 3)),
            ("branch3x3dbl_3", Same(96, 96, 3))),
        Branch.Pooled(Pooling.Average, ("branch_pool", Same(inputs, pooled, 1))));

    /// <summary>[B, inputs, H, W] → [B, 480 + inputs, (H-1)/2, (W-1)/2].</summary>
    public static MixedBlock B(long inputs) => new(
        Branch.Of(("branch3x3", Valid(inputs, 384, 3, stride: 2))),
        Branch.Of(
            ("branch3x3dbl_1", Same(inputs, 64, 1)),
            ("branch3x3dbl_2", Same(64, 96, 3)),
            ("branch3x3dbl_3", Valid(96, 96, 3, stride: 2))),
        Branch.Pooled(Pooling.Halving));

    /// <summary>[B, inputs, H, W] → [B, 768, H, W]; inside, 7×7 kernels as rows and columns of <paramref name="width"/> channels.</summary>
    public static MixedBlock C(long inputs, long width) => new(
        Branch.Of(("branch1x1", Same(inputs, 192, 1))),
        Branch.Of(
            ("branch7x7_1", Same(inputs, width, 1)),
            ("branch7x7_2", Same(width, width, (1, 7))),
            ("branch7x7_3", Same(width, 192, (7, 1)))),
        Branch.Of(
            ("branch7x7dbl_1", Same(inputs, width, 1)),
            ("branch7x7dbl_2", Same(width, width, (7, 1))),
            ("branch7x7dbl_3", Same(width, width, (1, 7))),
            ("branch7x7dbl_4", Same(width, width, (7, 1))),
            ("branch7x7dbl_5", Same(width, 192, (1, 7)))),
        Branch.Pooled(Pooling.Average, ("branch_pool", Same(inputs, 192, 1))));

    /// <summary>[B, inputs, H, W] → [B, 512 + inputs, (H-1)/2, (W-1)/2].</summary>
    public static MixedBlock D(long inputs) => new(
        Branch.Of(("branch3x3_1", Same(inputs, 192, 1)), ("branch3x3_2", Valid(192, 320, 3, stride: 2))),
        Branch.Of(
            ("branch7x7x3_1", Same(inputs, 192, 1)),
            ("branch7x7x3_2", Same(192, 192, (1, 7))),
            ("branch7x7x3_3", Same(192, 192, (7, 1))),
            ("branch7x7x3_4", Valid(192, 192, 3, stride: 2))),
        Branch.Pooled(Pooling.Halving));

    /// <summary>[B, inputs, H, W] → [B, 2048, H, W].</summary>
    public static MixedBlock E(long inputs, Func<Tensor, Tensor> pooling) => new(
        Branch.Of(("branch1x1", Same(inputs, 320, 1))),
        Branch.Of(("branch3x3_1", Same(inputs, 384, 1)))
            .Forked(("branch3x3_2a", Same(384, 384, (1, 3))), ("branch3x3_2b", Same(384, 384, (3, 1)))),
        Branch.Of(("branch3x3dbl_1", Same(inputs, 448, 1)), ("branch3x3dbl_2", Same(448, 384, 3)))
            .Forked(("branch3x3dbl_3a", Same(384, 384, (1, 3))), ("branch3x3dbl_3b", Same(384, 384, (3, 1)))),
        Branch.Pooled(pooling, ("branch_pool", Same(inputs, 192, 1))));

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Branch.Stack(branches.Select(branch => branch.Forward(input)));
}
