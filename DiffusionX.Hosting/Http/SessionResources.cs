using System.Globalization;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>Describes sessions, their rounds and their final pictures as the API tells of them.</summary>
/// <param name="basePath">The path that the host's program lies under.</param>
/// <param name="session">The session.</param>
internal sealed class SessionResources(PathString basePath, HostedSession session)
{
    private string Path => $"{basePath}{ApiPaths.Sessions}/{session.Id}";

    /// <summary>What lists tell.</summary>
    public SessionResource InList() => Describe() with
    {
        Title = session.Summary?.Prompt,
        RoundCount = session.Summary?.Rounds ?? 0,
        UpdatedAt = session.Summary?.Updated.ToUnixTimeSeconds(),
        CurrentRound = session.Summary?.Current,
        ImageUrl = session.Summary?.Current is { } current ? ImageUrl("rounds", current) : null,
    };

    /// <summary>All of it.</summary>
    public SessionResource Describe(SessionState state) => Describe() with
    {
        Seed = state.Seed,
        CurrentRound = state.Current,
        RoundCount = state.Rounds.Count,
        Rounds = [.. state.Rounds.Select(Describe)],
        Finals = [.. session.FinalImages.Select(Describe)],
    };

    public RoundResource Describe(Round round) => new()
    {
        SessionId = session.Id,
        Number = round.Number,
        Parent = round.Parent,
        Prompt = round.Prompt,
        Seed = round.Seed,
        Strength = round.Strength,
        Steps = round.StepsRun,
        Seconds = round.Duration.TotalSeconds,
        Masked = round.Mask is not null,
        ImageUrl = ImageUrl("rounds", round.Number),
    };

    public FinalImageResource Describe(FinalImage image) => new()
    {
        SessionId = session.Id,
        Number = image.Number,
        Round = image.Round,
        ImageUrl = ImageUrl("final_images", image.Number),
        Report = Describe(image.Report),
    };

    /// <summary>A final picture that was just refined, with its bytes.</summary>
    public FinalImageResource Describe(RefinedImage image, PictureOutput output) =>
        Describe(session.FinalImages.Last(kept => kept.Round == image.Round.Number)) with
        {
            Base64 = output.ToBase64(image.Picture),
            OutputFormat = output.Name,
            Size = $"{image.Picture.Width}x{image.Picture.Height}",
        };

    private SessionResource Describe() => new()
    {
        Id = session.Id,
        CreatedAt = session.Created.ToUnixTimeSeconds(),
        Model = session.Model,
        Seed = session.Settings.Seed,
        Settings = new SettingsResource
        {
            Size = session.Settings is { Width: { } width, Height: { } height } ? $"{width}x{height}" : "auto",
            Steps = session.Settings.Steps,
            GuidanceScale = session.Settings.GuidanceScale,
            NegativePrompt = session.Settings.NegativePrompt,
            Cloud = session.Settings.Cloud ?? SessionOptionsResource.HostsCloud,
            Link = session.Settings.Link,
        },
    };

    private static ReportResource Describe(RefinementReport report) => new()
    {
        Place = report.Place == RefinementPlace.Cloud ? "cloud" : "edge",
        RefinedBy = report.RefinedBy,
        EdgeReason = report.EdgeReason,
        Attempts = report.Attempts,
        Strength = report.Strength,
        Steps = report.StepsRun,
        Seconds = report.Total.TotalSeconds,
        BytesUp = report.BytesUp,
        BytesDown = report.BytesDown,
        DraftEncoding = report.Encoding?.ToString(),
        DraftBytes = report.DraftBytes,
        UplinkSeconds = report.Uplink.TotalSeconds,
        QueueSeconds = report.Queue.TotalSeconds,
        ComputeSeconds = report.Compute.TotalSeconds,
        DownlinkSeconds = report.Downlink.TotalSeconds,
    };

    private string ImageUrl(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{Path}/{kind}/{number}/image");
}
