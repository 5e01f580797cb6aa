namespace DiffusionX.Hosting.Refining;

/// <summary>How a session draws; what is null is as the host's options and the model have it.</summary>
public sealed record SessionSettings
{
    /// <summary>The model that draws previews.</summary>
    public string? Model { get; init; }

    /// <summary>The session's first seed; null takes one by chance.</summary>
    public long? Seed { get; init; }

    /// <summary>The pictures' width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>The pictures' height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Steps of the whole schedule, for previews.</summary>
    public int? Steps { get; init; }

    /// <summary>Guidance of previews and refinements.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>What no picture of the session should show.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>
    /// Where drafts are refined, of hosts that leave it to their clients (<see cref="Configuration.SessionsOptions.ClientsChooseCloud"/>):
    /// an address such as <c>tcp://192.168.1.20:7070</c>, or <see cref="NoCloud"/>. Null for the host's own cloud.
    /// </summary>
    public string? Cloud { get; init; }

    /// <summary>The link to the cloud that is imitated: <c>weak-mobile</c>, <c>mobile20</c>, <c>broadband</c> or <c>unlimited</c>; null for the host's.</summary>
    public string? Link { get; init; }

    /// <summary>The cloud of sessions that have none: the edge's own model refines.</summary>
    public const string NoCloud = "none";
}
