using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>The paper's four tables: its own figures, and beside them, in columns of their own, those that were measured here.</summary>
/// <param name="latency">The latencies measured here.</param>
/// <param name="quality">The qualities measured here, by system.</param>
internal sealed class PaperTables(LatencyResult latency, IReadOnlyDictionary<string, QualityMetrics> quality)
{
    private static readonly string[] QualityColumns =
        ["system in the paper", "paper: FID", "paper: CLIP", "paper: IS", "system here", "here: Fréchet distance [95 %]", "here: CLIP score [95 %]", "here: Inception Score [95 %]", "here: N"];

    private static readonly string[] LatencyColumns =
        ["system in the paper", "paper: s", "system here", "here: s [95 %]", "here: to cloud only [95 %]", "here: first preview s", "here: cloud busy s", "here: N"];

    public IReadOnlyList<ReportTable> All =>
    [
        new("Table 1: quality", QualityColumns,
        [
            Quality("Stable Diffusion v1.5", PaperQuality.StableDiffusion, CloudOnly.SystemName),
            Quality("Tiny-SD", PaperQuality.TinySD, EdgeOnly.SystemName),
            Quality("DiffusionX", PaperQuality.DiffusionX, SessionSystems.WithPredictor),
        ]),
        new("Table 2: latency of a session", LatencyColumns,
        [
            Latency("Stable Diffusion v1.5", PaperLatency.CloudOnly, CloudOnly.SystemName),
            Latency("Tiny-SD", PaperLatency.EdgeOnly, EdgeOnly.SystemName),
            Latency("DiffusionX", PaperLatency.WithPredictor, SessionSystems.WithPredictor),
        ]),
        new("Table 3: quality with and without predictors", QualityColumns,
        [
            Quality("DiffusionX without predictor", PaperQuality.WithoutPredictor, SessionSystems.WithoutPredictor),
            Quality("DiffusionX", PaperQuality.DiffusionX, SessionSystems.WithPredictor),
        ]),
        new("Table 4: latency with and without predictors", LatencyColumns,
        [
            Latency("DiffusionX without predictor", PaperLatency.WithoutPredictor, SessionSystems.WithoutPredictor),
            Latency("DiffusionX", PaperLatency.WithPredictor, SessionSystems.WithPredictor),
        ]),
    ];

    private IReadOnlyList<string> Quality(string inPaper, PaperQuality paper, string here)
    {
        var measured = quality[here];
        return
        [
            inPaper, Figure.Of(paper.FrechetDistance, 3), Figure.Of(paper.ClipScore, 3), Figure.Of(paper.InceptionScore, 3),
            here, Figure.Of(measured.FrechetDistance, 3), Figure.Of(measured.ClipScore, 4), Figure.Of(measured.InceptionScore, 3), Figure.Of((long)measured.Count),
        ];
    }

    private IReadOnlyList<string> Latency(string inPaper, double paper, string here)
    {
        var measured = latency.Of(here);
        return
        [
            inPaper, Figure.Of(paper), here, Figure.Of(measured.Seconds, 3), Figure.Of(measured.SecondsRatio, 3), Figure.Of(measured.FirstPreviewSeconds.Value, 3),
            Figure.Of(measured.CloudSeconds.Value, 3), Figure.Of((long)measured.Sessions),
        ];
    }
}

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
