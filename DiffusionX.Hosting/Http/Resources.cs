using System.Text.Json.Serialization;

namespace DiffusionX.Hosting.Http;

internal sealed record ErrorResponse([property: JsonPropertyName("error")] ErrorDetail Error);

internal sealed record ErrorDetail(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonPropertyName("code"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);

internal sealed record ImagesResponse(
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("background")] string Background,
    [property: JsonPropertyName("data")] IReadOnlyList<ImageResource> Data,
    [property: JsonPropertyName("output_format")] string OutputFormat,
    [property: JsonPropertyName("quality")] string? Quality,
    [property: JsonPropertyName("size")] string Size);

internal sealed record ImageResource(
    [property: JsonPropertyName("b64_json")] string? Base64,
    [property: JsonPropertyName("url")] string? Url,
    [property: JsonPropertyName("seed")] long Seed);

/// <summary>
/// A picture on its way, or as it is in the end: <c>image_generation.partial_image</c>, <c>image_generation.completed</c>, and the same
/// of edits.
/// </summary>
internal sealed record ImageEvent
{
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    [JsonPropertyName("b64_json")]
    public string? Base64 { get; init; }

    [JsonPropertyName("url")]
    public string? Url { get; init; }

    [JsonPropertyName("background")]
    public string Background { get; init; } = "opaque";

    [JsonPropertyName("created_at")]
    public required long CreatedAt { get; init; }

    [JsonPropertyName("output_format")]
    public required string OutputFormat { get; init; }

    [JsonPropertyName("quality")]
    public required string Quality { get; init; }

    [JsonPropertyName("size")]
    public required string Size { get; init; }

    [JsonPropertyName("partial_image_index")]
    public int? PartialImageIndex { get; init; }

    /// <summary>Which of the request's pictures, where it asks for several.</summary>
    [JsonPropertyName("image_index")]
    public int? ImageIndex { get; init; }

    [JsonPropertyName("seed")]
    public long Seed { get; init; }
}

internal sealed record ModelList([property: JsonPropertyName("data")] IReadOnlyList<ModelResource> Data)
{
    [JsonPropertyName("object")]
    public string Kind => "list";
}

internal sealed record ModelResource([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("created")] long Created)
{
    [JsonPropertyName("object")]
    public string Kind => "model";

    [JsonPropertyName("owned_by")]
    public string OwnedBy => "diffusionx";
}

internal sealed record SessionList([property: JsonPropertyName("data")] IReadOnlyList<SessionResource> Data)
{
    [JsonPropertyName("object")]
    public string Kind => "list";
}

internal sealed record SessionResource
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("object")]
    public string Kind => "session";

    [JsonPropertyName("created_at")]
    public required long CreatedAt { get; init; }

    [JsonPropertyName("model")]
    public required string Model { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>The round from whose picture the next one starts; none where it starts from noise.</summary>
    [JsonPropertyName("current_round")]
    public int? CurrentRound { get; init; }

    /// <summary>Left out of lists.</summary>
    [JsonPropertyName("rounds")]
    public IReadOnlyList<RoundResource>? Rounds { get; init; }

    [JsonPropertyName("round_count")]
    public int? RoundCount { get; init; }

    /// <summary>The final pictures that the session keeps; left out of lists.</summary>
    [JsonPropertyName("finals")]
    public IReadOnlyList<FinalImageResource>? Finals { get; init; }

    /// <summary>In lists: the current round's prompt.</summary>
    [JsonPropertyName("title")]
    public string? Title { get; init; }

    /// <summary>In lists: when something was drawn or chosen last.</summary>
    [JsonPropertyName("updated_at")]
    public long? UpdatedAt { get; init; }

    /// <summary>In lists: the current round's picture.</summary>
    [JsonPropertyName("image_url")]
    public string? ImageUrl { get; init; }

    [JsonPropertyName("settings")]
    public SettingsResource? Settings { get; init; }
}

/// <summary>How a session draws; what is left out is as the model has it.</summary>
internal sealed record SettingsResource
{
    [JsonPropertyName("size")]
    public required string Size { get; init; }

    [JsonPropertyName("steps")]
    public int? Steps { get; init; }

    [JsonPropertyName("guidance_scale")]
    public double? GuidanceScale { get; init; }

    [JsonPropertyName("negative_prompt")]
    public required string NegativePrompt { get; init; }

    /// <summary>host, none, or an address.</summary>
    [JsonPropertyName("cloud")]
    public required string Cloud { get; init; }

    /// <summary>The link that is imitated; left out for the host's.</summary>
    [JsonPropertyName("link")]
    public string? Link { get; init; }
}

/// <summary>What sessions of this host can be begun with.</summary>
internal sealed record SessionOptionsResource
{
    /// <summary>What the host's own cloud is called where one is chosen.</summary>
    public const string HostsCloud = "host";

    /// <summary>The models that can draft, the usual one first.</summary>
    [JsonPropertyName("models")]
    public required IReadOnlyList<DraftModelResource> Models { get; init; }

    /// <summary>Whether there is a cloud at all.</summary>
    [JsonPropertyName("has_cloud")]
    public required bool HasCloud { get; init; }

    /// <summary>Where the host's own cloud is; left out where it is the host itself.</summary>
    [JsonPropertyName("cloud_address")]
    public string? CloudAddress { get; init; }

    /// <summary>The steps of a whole refinement.</summary>
    [JsonPropertyName("cloud_steps")]
    public int? CloudSteps { get; init; }

    /// <summary>Whether a session may name another cloud, or a link.</summary>
    [JsonPropertyName("clients_choose_cloud")]
    public required bool ClientsChooseCloud { get; init; }

    /// <summary>The link of sessions that name none.</summary>
    [JsonPropertyName("link")]
    public string? Link { get; init; }

    [JsonPropertyName("links")]
    public required IReadOnlyList<LinkResource> Links { get; init; }

    [JsonPropertyName("max_steps")]
    public required int MaxSteps { get; init; }

    [JsonPropertyName("max_prompt_length")]
    public required int MaxPromptLength { get; init; }
}

/// <summary>A model that drafts, and what it draws with unless a session says otherwise.</summary>
internal sealed record DraftModelResource(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("size")] int Size,
    [property: JsonPropertyName("steps")] int Steps,
    [property: JsonPropertyName("guidance_scale")] double GuidanceScale);

/// <summary>A link that can be imitated; a bandwidth that is left out has no bound.</summary>
internal sealed record LinkResource(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("uplink_mbps")] double? UplinkMbps,
    [property: JsonPropertyName("downlink_mbps")] double? DownlinkMbps,
    [property: JsonPropertyName("latency_ms")] double LatencyMilliseconds);

/// <summary>How much noise a round would put on the current one.</summary>
internal sealed record StrengthResource([property: JsonPropertyName("strength")] double Strength)
{
    [JsonPropertyName("object")]
    public string Kind => "session.strength";
}

/// <summary>Something that goes on without the client that asked for it.</summary>
internal sealed record BackgroundResource([property: JsonPropertyName("session_id")] string SessionId)
{
    [JsonPropertyName("object")]
    public string Kind => "session.background";
}

internal sealed record SessionDeleted([property: JsonPropertyName("id")] string Id)
{
    [JsonPropertyName("object")]
    public string Kind => "session.deleted";

    [JsonPropertyName("deleted")]
    public bool Deleted => true;
}

internal sealed record RoundResource
{
    [JsonPropertyName("object")]
    public string Kind => "session.round";

    [JsonPropertyName("session_id")]
    public required string SessionId { get; init; }

    [JsonPropertyName("number")]
    public required int Number { get; init; }

    /// <summary>The round that it started from; none where it started from noise, or is a picture that was sent.</summary>
    [JsonPropertyName("parent")]
    public int? Parent { get; init; }

    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }

    [JsonPropertyName("seed")]
    public required long Seed { get; init; }

    [JsonPropertyName("strength")]
    public required double Strength { get; init; }

    [JsonPropertyName("steps")]
    public required int Steps { get; init; }

    [JsonPropertyName("seconds")]
    public required double Seconds { get; init; }

    /// <summary>Whether it redrew a region alone.</summary>
    [JsonPropertyName("masked")]
    public required bool Masked { get; init; }

    /// <summary>Where the picture can be fetched again.</summary>
    [JsonPropertyName("image_url")]
    public required string ImageUrl { get; init; }

    [JsonPropertyName("b64_json")]
    public string? Base64 { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }
}

internal sealed record FinalImageResource
{
    [JsonPropertyName("object")]
    public string Kind => "session.final_image";

    [JsonPropertyName("session_id")]
    public required string SessionId { get; init; }

    [JsonPropertyName("round")]
    public required int Round { get; init; }

    [JsonPropertyName("number")]
    public required int Number { get; init; }

    /// <summary>Where the picture can be fetched again, as PNG.</summary>
    [JsonPropertyName("image_url")]
    public required string ImageUrl { get; init; }

    [JsonPropertyName("b64_json")]
    public string? Base64 { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("size")]
    public string? Size { get; init; }

    [JsonPropertyName("report")]
    public required ReportResource Report { get; init; }
}

/// <summary>What a refinement took.</summary>
internal sealed record ReportResource
{
    /// <summary>cloud or edge.</summary>
    [JsonPropertyName("place")]
    public required string Place { get; init; }

    [JsonPropertyName("refined_by")]
    public required string RefinedBy { get; init; }

    /// <summary>Why the edge had to refine.</summary>
    [JsonPropertyName("edge_reason")]
    public string? EdgeReason { get; init; }

    [JsonPropertyName("attempts")]
    public required int Attempts { get; init; }

    [JsonPropertyName("strength")]
    public required double Strength { get; init; }

    [JsonPropertyName("steps")]
    public required int Steps { get; init; }

    [JsonPropertyName("seconds")]
    public required double Seconds { get; init; }

    [JsonPropertyName("bytes_up")]
    public required long BytesUp { get; init; }

    [JsonPropertyName("bytes_down")]
    public required long BytesDown { get; init; }

    /// <summary>How the draft crossed the link: Latent16, WebP …</summary>
    [JsonPropertyName("draft_encoding")]
    public string? DraftEncoding { get; init; }

    [JsonPropertyName("draft_bytes")]
    public required int DraftBytes { get; init; }

    [JsonPropertyName("uplink_seconds")]
    public required double UplinkSeconds { get; init; }

    [JsonPropertyName("queue_seconds")]
    public required double QueueSeconds { get; init; }

    [JsonPropertyName("compute_seconds")]
    public required double ComputeSeconds { get; init; }

    [JsonPropertyName("downlink_seconds")]
    public required double DownlinkSeconds { get; init; }
}

/// <summary>
/// A round or a final picture on its way, or as it is in the end: <c>session.round.partial_image</c>, <c>session.round.completed</c>, and
/// the same of <c>session.final_image</c>; those who watch are told <c>started</c>, <c>failed</c> and <c>cancelled</c> too, and
/// <c>session.state</c>, <c>session.changed</c> and <c>session.deleted</c>.
/// </summary>
internal sealed record SessionEvent
{
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    [JsonPropertyName("b64_json")]
    public string? Base64 { get; init; }

    [JsonPropertyName("partial_image_index")]
    public int? PartialImageIndex { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("round")]
    public RoundResource? Round { get; init; }

    [JsonPropertyName("final_image")]
    public FinalImageResource? FinalImage { get; init; }

    /// <summary>What is drawn.</summary>
    [JsonPropertyName("prompt")]
    public string? Prompt { get; init; }

    /// <summary>The round that it starts from, or refines; none where it starts from noise.</summary>
    [JsonPropertyName("parent")]
    public int? Parent { get; init; }

    [JsonPropertyName("step")]
    public int? Step { get; init; }

    [JsonPropertyName("steps")]
    public int? Steps { get; init; }

    /// <summary>Of a refinement: preparing, connecting, sending, queued, refining, pausing, refining_on_edge.</summary>
    [JsonPropertyName("stage")]
    public string? Stage { get; init; }

    [JsonPropertyName("attempt")]
    public int? Attempt { get; init; }

    /// <summary>While queued: how many requests are computed before this one.</summary>
    [JsonPropertyName("queue_place")]
    public int? QueuePlace { get; init; }

    /// <summary>What went wrong, while it is tried again.</summary>
    [JsonPropertyName("trouble")]
    public string? Trouble { get; init; }

    [JsonPropertyName("error")]
    public ErrorDetail? Error { get; init; }

    [JsonPropertyName("session")]
    public SessionResource? Session { get; init; }

    /// <summary>With the state: what is being drawn, as the last event told of it.</summary>
    [JsonPropertyName("running")]
    public SessionEvent? Running { get; init; }
}
