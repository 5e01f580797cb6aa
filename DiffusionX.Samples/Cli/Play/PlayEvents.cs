using System.Text.Json.Nodes;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Cli.Play;

/// <summary>What a session says with <c>--json</c>.</summary>
internal static class PlayEvents
{
    public static JsonObject Of(Round round) => new()
    {
        ["number"] = round.Number,
        ["parent"] = round.Parent,
        ["prompt"] = round.Prompt,
        ["seed"] = round.Seed,
        ["strength"] = round.Strength,
        ["steps"] = round.StepsRun,
        ["seconds"] = round.Duration.TotalSeconds,
        ["masked"] = round.Mask is not null,
    };

    public static JsonObject Of(RefinedImage image, string path) => new()
    {
        ["path"] = path,
        ["round"] = image.Round.Number,
        ["place"] = image.Report.Place == RefinementPlace.Cloud ? "cloud" : "edge",
        ["refined_by"] = image.Report.RefinedBy,
        ["edge_reason"] = image.Report.EdgeReason,
        ["plan"] = image.Report.Plan?.ToString(),
        ["attempts"] = image.Report.Attempts,
        ["strength"] = image.Report.Strength,
        ["steps"] = image.Report.StepsRun,
        ["seconds"] = image.Report.Total.TotalSeconds,
        ["bytes_up"] = image.Report.BytesUp,
        ["bytes_down"] = image.Report.BytesDown,
    };

    public static JsonObject Of(GenerationProgress progress) => new()
    {
        ["step"] = progress.Step,
        ["steps"] = progress.Steps,
        ["seconds"] = progress.Elapsed.TotalSeconds,
    };

    public static JsonObject Of(RefinementProgress progress) => new()
    {
        ["stage"] = progress.Stage.ToString().ToLowerInvariant(),
        ["attempt"] = progress.Attempt,
        ["plan"] = progress.Plan?.ToString(),
        ["queue_place"] = progress.QueuePlace,
        ["step"] = progress.Step,
        ["steps"] = progress.Steps,
        ["seconds"] = progress.Elapsed.TotalSeconds,
        ["trouble"] = progress.Trouble,
    };
}
