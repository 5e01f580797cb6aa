using DiffusionX.Models.Inception;
using DiffusionX.Models.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models;

/// <summary>
/// The Inception-v3 whose features define the FID: the network of the original TensorFlow code as pytorch-fid rebuilt it, whose blocks
/// pool otherwise than torchvision's (Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017). For inference only.
/// The state dict has torchvision's names, without the classifier (<c>fc</c>) and the auxiliary one, which features don't need.
/// </summary>
public sealed class FidInceptionV3 : nn.Module<Tensor, Tensor>
{
    /// <summary>How many features a picture has.</summary>
    public const int FeatureCount = 2048;

    private const long Side = 299;

    [ComponentName(Name = "Conv2d_1a_3x3")]
    private readonly ConvolutionUnit stem1A = ConvolutionUnit.Valid(3, 32, kernel: 3, stride: 2);

    [ComponentName(Name = "Conv2d_2a_3x3")]
    private readonly ConvolutionUnit stem2A = ConvolutionUnit.Valid(32, 32, kernel: 3, stride: 1);

    [ComponentName(Name = "Conv2d_2b_3x3")]
    private readonly ConvolutionUnit stem2B = ConvolutionUnit.Same(32, 64, kernel: 3);

    [ComponentName(Name = "Conv2d_3b_1x1")]
    private readonly ConvolutionUnit stem3B = ConvolutionUnit.Valid(64, 80, kernel: 1, stride: 1);

    [ComponentName(Name = "Conv2d_4a_3x3")]
    private readonly ConvolutionUnit stem4A = ConvolutionUnit.Valid(80, 192, kernel: 3, stride: 1);

    [ComponentName(Name = "Mixed_5b")]
    private readonly MixedBlock mixed5B = MixedBlock.A(192, pooled: 32);

    [ComponentName(Name = "Mixed_5c")]
    private readonly MixedBlock mixed5C = MixedBlock.A(256, pooled: 64);

    [ComponentName(Name = "Mixed_5d")]
    private readonly MixedBlock mixed5D = MixedBlock.A(288, pooled: 64);

    [ComponentName(Name = "Mixed_6a")]
    private readonly MixedBlock mixed6A = MixedBlock.B(288);

    [ComponentName(Name = "Mixed_6b")]
    private readonly MixedBlock mixed6B = MixedBlock.C(768, width: 128);

    [ComponentName(Name = "Mixed_6c")]
    private readonly MixedBlock mixed6C = MixedBlock.C(768, width: 160);

    [ComponentName(Name = "Mixed_6d")]
    private readonly MixedBlock mixed6D = MixedBlock.C(768, width: 160);

    [ComponentName(Name = "Mixed_6e")]
    private readonly MixedBlock mixed6E = MixedBlock.C(768, width: 192);

    [ComponentName(Name = "Mixed_7a")]
    private readonly MixedBlock mixed7A = MixedBlock.D(768);

    [ComponentName(Name = "Mixed_7b")]
    private readonly MixedBlock mixed7B = MixedBlock.E(1280, Pooling.Average);

    // The one place where the original takes the maximum, probably a slip, which all published numbers carry.
    [ComponentName(Name = "Mixed_7c")]
    private readonly MixedBlock mixed7C = MixedBlock.E(2048, Pooling.Maximum);

    /// <summary>Builds the network; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public FidInceptionV3()
        : base(nameof(FidInceptionV3)) => RegisterComponents();

    /// <summary>The features of pictures: the last map's mean over all positions.</summary>
    /// <param name="input">
    /// [B, 3, H, W] in [0, 1], RGB. Other sizes than 299×299 are resized bilinearly, without antialiasing: the FID changes with the way
    /// of resizing.
    /// </param>
    /// <returns>[B, 2048].</returns>
    /// <exception cref="ArgumentException">The input is not [B, 3, H, W].</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4 || input.shape[1] != 3 || input.numel() == 0)
        {
            throw new ArgumentException($"Pictures are [B, 3, H, W], and these are [{string.Join(", ", input.shape)}].", nameof(input));
        }

        using var scope = NewDisposeScope();
        return Preprocess(input)
            .Into(stem1A).Into(stem2A).Into(stem2B).Into(Pooling.Halving)
            .Into(stem3B).Into(stem4A).Into(Pooling.Halving)
            .Into(mixed5B).Into(mixed5C).Into(mixed5D)
            .Into(mixed6A).Into(mixed6B).Into(mixed6C).Into(mixed6D).Into(mixed6E)
            .Into(mixed7A).Into(mixed7B).Into(mixed7C)
            .Into(map => map.mean([2, 3]))
            .MoveToOuterDisposeScope();
    }

    /// <summary>[B, 3, H, W] in [0, 1] → [B, 3, 299, 299] in [-1, 1].</summary>
    private static Tensor Preprocess(Tensor image) => nn.functional
        .interpolate(image, [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false)
        .mul_(2).sub_(1)
        .Into(FeatureMap.ChannelsLast);
}
