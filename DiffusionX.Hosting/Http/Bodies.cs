using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>
/// What <c>POST /v1/images/generations</c> takes: OpenAI's parameters, and after them the ones that diffusion has besides.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ImageGenerationBody
{
    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("n")]
    public int? N { get; init; }

    /// <summary>WIDTHxHEIGHT, or auto.</summary>
    [JsonPropertyName("size")]
    public string? Size { get; init; }

    /// <summary>low takes half of the model's steps, high and hd twice as many.</summary>
    [JsonPropertyName("quality")]
    public string? Quality { get; init; }

    [JsonPropertyName("style")]
    public string? Style { get; init; }

    [JsonPropertyName("background")]
    public string? Background { get; init; }

    /// <summary>Taken, and of no effect: there is no moderation here.</summary>
    [JsonPropertyName("moderation")]
    public string? Moderation { get; init; }

    /// <summary>png, jpeg or webp.</summary>
    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    /// <summary>The quality of jpeg and webp, 0 to 100.</summary>
    [JsonPropertyName("output_compression")]
    public int? OutputCompression { get; init; }

    /// <summary>b64_json or url.</summary>
    [JsonPropertyName("response_format")]
    public string? ResponseFormat { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    /// <summary>Looks at each picture on its way, 0 to 3.</summary>
    [JsonPropertyName("partial_images")]
    public int? PartialImages { get; init; }

    /// <summary>Taken, and of no effect.</summary>
    [JsonPropertyName("user")]
    public string? User { get; init; }

    /// <summary>Taken, and of no effect.</summary>
    [JsonPropertyName("safety_identifier")]
    public string? SafetyIdentifier { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    [JsonPropertyName("steps")]
    public int? Steps { get; init; }

    [JsonPropertyName("guidance_scale")]
    public double? GuidanceScale { get; init; }

    [JsonPropertyName("negative_prompt")]
    public string? NegativePrompt { get; init; }
}

/// <summary>What <c>POST /v1/images/edits</c> takes besides, for its description: it comes as a form.</summary>
internal sealed record ImageEditForm
{
    /// <summary>The picture to start from.</summary>
    [JsonPropertyName("image")]
    public required IFormFile Image { get; init; }

    /// <summary>Where to redraw: where it is transparent, or else where it is white.</summary>
    [JsonPropertyName("mask")]
    public IFormFile? Mask { get; init; }

    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }

    /// <summary>How much noise to put on the picture, 0 to 1.</summary>
    [JsonPropertyName("strength")]
    public double? Strength { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("n")]
    public int? N { get; init; }

    [JsonPropertyName("size")]
    public string? Size { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("response_format")]
    public string? ResponseFormat { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("partial_images")]
    public int? PartialImages { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    [JsonPropertyName("steps")]
    public int? Steps { get; init; }

    [JsonPropertyName("guidance_scale")]
    public double? GuidanceScale { get; init; }

    [JsonPropertyName("negative_prompt")]
    public string? NegativePrompt { get; init; }
}

/// <summary>What <c>POST /v1/sessions</c> takes, and <c>PATCH /v1/sessions/{id}</c>, which leaves what is left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record SessionBody
{
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    [JsonPropertyName("size")]
    public string? Size { get; init; }

    [JsonPropertyName("steps")]
    public int? Steps { get; init; }

    [JsonPropertyName("guidance_scale")]
    public double? GuidanceScale { get; init; }

    [JsonPropertyName("negative_prompt")]
    public string? NegativePrompt { get; init; }

    /// <summary>host for the host's own cloud, none for none, or an address, of hosts that leave it to their clients.</summary>
    [JsonPropertyName("cloud")]
    public string? Cloud { get; init; }

    /// <summary>The link to the cloud that is imitated, of hosts that leave it to their clients.</summary>
    [JsonPropertyName("link")]
    public string? Link { get; init; }
}

/// <summary>What <c>POST /v1/sessions/{id}/rounds</c> takes, as JSON or as a form.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RoundBody
{
    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }

    /// <summary>A picture to start from in place of the current round: in base 64, or a data URL. It becomes a round of its own.</summary>
    [JsonPropertyName("image")]
    public string? Image { get; init; }

    /// <summary>
    /// The region to redraw, a picture in base 64, or a data URL: where it is transparent, or else where it is white. The rest stays.
    /// </summary>
    [JsonPropertyName("mask")]
    public string? Mask { get; init; }

    /// <summary>How much noise to put on the start, 0 to 1; left out, as much as the change of prompt needs.</summary>
    [JsonPropertyName("strength")]
    public double? Strength { get; init; }

    /// <summary>The seed of this round alone.</summary>
    [JsonPropertyName("seed")]
    public long? Seed { get; init; }

    /// <summary>Answers at once; the session's events tell of the rest, and it goes on when the client leaves.</summary>
    [JsonPropertyName("background")]
    public bool? Background { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("output_compression")]
    public int? OutputCompression { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("partial_images")]
    public int? PartialImages { get; init; }
}

/// <summary>What <c>POST /v1/sessions/{id}/finalize</c> takes, as JSON or as a form.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record FinalizeBody
{
    /// <summary>
    /// The region to refine, as in rounds, in place of the one that the round redrew. A mask that is white all over refines everything.
    /// </summary>
    [JsonPropertyName("mask")]
    public string? Mask { get; init; }

    /// <summary>How much noise to put on the draft, 0 to 1; left out, as the host's options have it.</summary>
    [JsonPropertyName("strength")]
    public double? Strength { get; init; }

    /// <summary>Answers at once, as with rounds.</summary>
    [JsonPropertyName("background")]
    public bool? Background { get; init; }

    [JsonPropertyName("output_format")]
    public string? OutputFormat { get; init; }

    [JsonPropertyName("output_compression")]
    public int? OutputCompression { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("partial_images")]
    public int? PartialImages { get; init; }
}

/// <summary>What <c>POST /v1/sessions/{id}/branch</c> takes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record BranchBody
{
    /// <summary>The round from which the next one starts.</summary>
    [JsonPropertyName("round")]
    public required int Round { get; init; }
}

/// <summary>What <c>POST /v1/sessions/{id}/strength</c> takes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record StrengthBody
{
    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }
}
