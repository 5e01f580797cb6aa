using DiffusionX.Imaging;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Evaluation.Quality;

/// <summary>
/// How alike two pictures are place by place, in brightness, contrast and structure: 1 for the same picture, about 0 for unrelated ones
/// (Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004, with its window and constants, on
/// luma). It needs no network, and so holds for any pictures.
/// </summary>
internal sealed class StructuralSimilarity : IKeptScorer
{
    private const int Window = 11;
    private const double WindowDeviation = 1.5;
    private const double LuminanceConstant = 0.01 * 0.01;
    private const double ContrastConstant = 0.03 * 0.03;

    /// <inheritdoc/>
    public string Name => "SSIM (Wang et al., 2004) of luma";

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<KeptPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var window = GaussianWindow();
        return stack([.. pairs.Select(pair => Between(Luma(pair.Earlier), Luma(pair.Later.Resize(pair.Earlier.Width, pair.Earlier.Height)), window))])
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static Tensor Between(Tensor one, Tensor other, Tensor window)
    {
        var (meanOne, meanOther) = (F.conv2d(one, window), F.conv2d(other, window));
        var varianceOne = F.conv2d(one * one, window) - (meanOne * meanOne);
        var varianceOther = F.conv2d(other * other, window) - (meanOther * meanOther);
        var covariance = F.conv2d(one * other, window) - (meanOne * meanOther);
        var luminance = ((2 * meanOne * meanOther) + LuminanceConstant) / ((meanOne * meanOne) + (meanOther * meanOther) + LuminanceConstant);
        var structure = ((2 * covariance) + ContrastConstant) / (varianceOne + varianceOther + ContrastConstant);
        return (luminance * structure).mean();
    }

    // ITU-R BT.601's weights.
    private static Tensor Luma(Picture picture)
    {
        var pixels = picture.ToTensor(PixelRange.ZeroToOne);
        return (pixels * tensor([0.299f, 0.587f, 0.114f]).view(1, 3, 1, 1)).sum(1, keepdim: true);
    }

    private static Tensor GaussianWindow()
    {
        using var scope = NewDisposeScope();
        var places = arange(Window, ScalarType.Float32) - (Window / 2);
        var bell = (-(places * places) / (2 * WindowDeviation * WindowDeviation)).exp();
        var window = bell.unsqueeze(1) * bell.unsqueeze(0);
        return (window / window.sum()).view(1, 1, Window, Window).MoveToOuterDisposeScope();
    }
}
