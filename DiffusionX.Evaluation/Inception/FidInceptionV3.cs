using DiffusionX.Models.Common;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>
/// The Inception-v3 whose features the Fréchet Inception Distance compares: not ImageNet's usual one but the TensorFlow graph of 2015, as
/// pytorch-fid ported it. It differs in its average poolings, which do not count what lies beyond the edge, and in a max pooling in the
/// last block.
/// The state dict has torchvision's names, without the classifier (<c>fc</c>).
/// </summary>
internal sealed class FidInceptionV3 : nn.Module
{
    /// <summary>Numbers that describe one picture.</summary>
    public const int FeatureCount = 2048;

    private const long Side = 299;

    private readonly Branch stem;
    private readonly (string Name, InceptionBlock Block)[] blocks;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public FidInceptionV3()
        : base(nameof(FidInceptionV3))
    {
        stem = Stem();
        blocks = Blocks();
        foreach (var (name, unit) in stem.Units)
        {
            register_module(name, unit);
        }

        foreach (var (name, block) in blocks)
        {
            register_module(name, block);
        }
    }

    /// <summary>
    /// The features of pictures: they are resized to 299×299, bilinearly and without antialiasing as pytorch-fid does it, and the last
    /// block's output is averaged over its positions.
    /// </summary>
    /// <param name="images">[B, 3, H, W] in [0, 1], of any height and width, in the parameters' type and on their device.</param>
    /// <returns>[B, 2048].</returns>
    /// <exception cref="ArgumentException">The shape is another one, or there is no picture.</exception>
    public Tensor Features(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 4 || images.shape[1] != 3 || images.numel() == 0)
        {
            throw new ArgumentException(
                $"Pictures are [B, 3, H, W], none of them 0, and these are [{string.Join(", ", images.shape)}].", nameof(images));
        }

        var map = Resize(images).mul_(2).sub_(1).Into(FeatureMap.ChannelsLast).Into(stem.Follow);
        foreach (var (_, block) in blocks)
        {
            map = map.Into(block);
        }

        return map.Into(last => last.mean([2, 3]));
    }

    private static Tensor Resize(Tensor images) =>
        nn.functional.interpolate(images, [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false);

    private static Branch Stem() => Branch.From(3)
        .ConvolveInside("Conv2d_1a_3x3", 32, stride: 2)
        .ConvolveInside("Conv2d_2a_3x3", 32)
        .Convolve("Conv2d_2b_3x3", 64, 3)
        .Pool(Pooling.Halving)
        .Convolve("Conv2d_3b_1x1", 80, 1)
        .ConvolveInside("Conv2d_4a_3x3", 192)
        .Pool(Pooling.Halving);

    private static (string Name, InceptionBlock Block)[] Blocks() =>
    [
        ("Mixed_5b", InceptionBlock.A(192, pooled: 32)),
        ("Mixed_5c", InceptionBlock.A(256, pooled: 64)),
        ("Mixed_5d", InceptionBlock.A(288, pooled: 64)),
        ("Mixed_6a", InceptionBlock.B(288)),
        ("Mixed_6b", InceptionBlock.C(768, inner: 128)),
        ("Mixed_6c", InceptionBlock.C(768, inner: 160)),
        ("Mixed_6d", InceptionBlock.C(768, inner: 160)),
        ("Mixed_6e", InceptionBlock.C(768, inner: 192)),
        ("Mixed_7a", InceptionBlock.D(768)),
        ("Mixed_7b", InceptionBlock.E(1280, Pooling.Average)),
        ("Mixed_7c", InceptionBlock.E(2048, Pooling.Largest)),
    ];
}
