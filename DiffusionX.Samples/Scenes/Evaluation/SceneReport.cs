using System.Globalization;
using System.Text;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>All that is measured of the scenes models.</summary>
/// <param name="Settings">How it was measured.</param>
/// <param name="ReconstructionDecibels">The mean PSNR of the VAE's reconstructions of unseen drawings.</param>
/// <param name="Retrieval">The share of captions for which CLIP finds the right picture among 64.</param>
/// <param name="JudgeAccuracy">The share of the things of true drawings that the judge finds.</param>
/// <param name="JudgeFalseAlarms">Things that the judge sees and that are not there, for each that is.</param>
/// <param name="Figures">The true drawings' figures, the cloud's and the edge's.</param>
internal sealed record SceneReport(
    SceneEvaluationSettings Settings, double ReconstructionDecibels, double Retrieval, double JudgeAccuracy, double JudgeFalseAlarms, IReadOnlyList<SceneMetrics> Figures)
{
    /// <summary>The report as Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(Invariant(
            $"N = {Settings.Captions} captions of each split, {Settings.Steps} steps of DPM-Solver++ 2M, guidance {Settings.GuidanceScale}, seeds from {Settings.Seed}."));
        text.AppendLine();
        text.AppendLine("| measure | value |").AppendLine("| --- | ---: |");
        text.AppendLine(Invariant($"| VAE: PSNR of reconstructions | {ReconstructionDecibels:F1} dB |"));
        text.AppendLine(Invariant($"| CLIP: top-1 retrieval among {SceneEvaluation.RetrievalGroup} | {Retrieval:F3} |"));
        text.AppendLine(Invariant($"| judge: things found on true drawings | {JudgeAccuracy:F3} |"));
        text.AppendLine(Invariant($"| judge: false alarms for each thing there | {JudgeFalseAlarms:F3} |"));
        text.AppendLine();
        text.AppendLine("| pictures | judged fidelity | on held-out combinations | backdrops | CLIP score (scenes CLIP) | FID (judge's features) | s / picture |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var row in Figures)
        {
            text.AppendLine(Invariant(
                $"| {row.Source} | {row.Fidelity:F3} | {row.HeldOutFidelity:F3} | {row.Backdrops:F3} | {row.ClipScore:F3} | {row.FrechetDistance:F2} | {Seconds(row)} |"));
        }

        return text.ToString();
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Seconds(SceneMetrics row) => row.SecondsPerPicture?.ToString("F2", CultureInfo.InvariantCulture) ?? "–";
}
