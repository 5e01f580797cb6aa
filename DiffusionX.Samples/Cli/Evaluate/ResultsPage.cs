using System.Globalization;
using System.Text;
using DiffusionX.Cli.Doctor;
using DiffusionX.Cli.Evaluate.Plots;
using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate;

/// <summary>The whole report as one page of Markdown, with the files that it shows beside it.</summary>
internal static class ResultsPage
{
    public const string FileName = "RESULTS.md";
    public const string GridFile = "sessions.png";

    public static string Write(EvaluateAllSettings settings, LatencyResult latency, IEnumerable<QualityMetrics> quality, IEnumerable<ReportTable> tables)
    {
        var text = new StringBuilder("# Results\n\n");
        text.Append(Provenance(settings, latency));
        foreach (var table in tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {table.Title}\n\n{table.ToMarkdown()}");
        }

        text.Append(Measures(quality.First()));
        text.Append("\n## Plots\n\n");
        foreach (var name in new[] { QualityAgainstTime.Name, StrengthAgainstDistance.Name, TimeShares.Name })
        {
            text.Append(CultureInfo.InvariantCulture, $"![{name}]({name}.svg)\n\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"## Sessions\n\nEach row is a session: its rounds from left to right, the refined picture, and what the cloud alone drew of the last prompt.\n\n![sessions]({GridFile})\n");
        return text.ToString();
    }

    private static string Provenance(EvaluateAllSettings settings, LatencyResult latency) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        Made by `diffusionx evaluate all` on {DateTime.UtcNow:yyyy-MM-dd} (UTC) by version {Software.DiffusionXVersion}, the commit after its plus sign.

        - Machine: {Machine.ProcessorModel}; {Machine.Memory}; {Software.OperatingSystem}; {Software.DotNet}
        - Sessions: {settings.Latency.Describe(latency.Sessions)}
        - Figures that begin with "paper" are the paper's, on other models, data and hardware; those that begin with "here" were measured in this run. They do not compare but in direction.
        - Which of its tables holds what is read from the paper's text: quality and latency, each against the models alone and without predictors.

        """);

    private static string Measures(QualityMetrics figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"""

        ## What the figures were taken with

        - Fréchet distance and Inception Score: {figures.Features ?? Figure.None}; resize: {figures.FeaturesResize ?? Figure.None}; N = {figures.Count} pictures against {Figure.Of(figures.ReferenceCount)} of the reference. Fewer pictures bias a Fréchet distance up.
        - CLIP score: mean cosine by {figures.Clip ?? Figure.None}; resize: {figures.ClipResize ?? Figure.None}.
        - Judged fidelity: the share of what the last prompts ask for that is found, by {figures.Judge ?? Figure.None}; resize: {figures.JudgeResize ?? Figure.None}.
        - Intervals are 95 % bootstrap intervals over pictures or sessions; ratios draw both systems' sessions together.

        """);
}
