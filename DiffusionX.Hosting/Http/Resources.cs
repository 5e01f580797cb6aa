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

    [JsonPropertyName("b64_json")]
    public required string Base64 { get; init; }

    [JsonPropertyName("output_format")]
    public required string OutputFormat { get; init; }

    [JsonPropertyName("size")]
    public required string Size { get; init; }

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
}

/// <summary>
/// A round or a final picture on its way, or as it is in the end: <c>session.round.partial_image</c>, <c>session.round.completed</c>, and
/// the same of <c>session.final_image</c>.
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
}
