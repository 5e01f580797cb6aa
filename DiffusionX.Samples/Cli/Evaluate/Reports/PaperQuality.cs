namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>What the paper prints of one system's quality, on COCO-30K.</summary>
/// <param name="FrechetDistance">FID.</param>
/// <param name="ClipScore">The CLIP score.</param>
/// <param name="InceptionScore">The Inception Score.</param>
internal sealed record PaperQuality(double FrechetDistance, double ClipScore, double InceptionScore)
{
    public static PaperQuality StableDiffusion { get; } = new(12.808, 0.297, 23.387);

    public static PaperQuality TinySD { get; } = new(45.482, 0.249, 13.800);

    public static PaperQuality DiffusionX { get; } = new(17.016, 0.313, 24.943);

    public static PaperQuality WithoutPredictor { get; } = new(21.453, 0.318, 25.399);
}
