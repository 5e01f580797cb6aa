using DiffusionX.Cli.Shipped;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What the user asked <c>diffusionx evaluate latency</c> for.</summary>
internal sealed record LatencySettings
{
    public required string EdgeFolder { get; init; }

    public required string CloudFolder { get; init; }

    public required DiffusionModelOptions Edge { get; init; }

    public required DiffusionModelOptions Cloud { get; init; }

    /// <summary>Another edge that is played too, with no limit to the strength: how drafts were drawn before; null for none.</summary>
    public string? FormerEdgeFolder { get; init; }

    /// <summary>How it is loaded.</summary>
    public DiffusionModelOptions FormerEdge { get; init; } = new();

    public required string LinkName { get; init; }

    public required LinkProfile Link { get; init; }

    /// <summary>A set of sessions; null for sessions about scenes.</summary>
    public string? Prompts { get; init; }

    /// <summary>How many of them to play; null for all of a set.</summary>
    public int? Sessions { get; init; }

    /// <summary>Rounds of sessions about scenes.</summary>
    public required int Rounds { get; init; }

    public int? Steps { get; init; }

    public required double FixedStrength { get; init; }

    /// <summary>What predicts strengths.</summary>
    public required StrengthFolders Strengths { get; init; }

    /// <summary>Other predictors, for rows of the ablations.</summary>
    public IReadOnlyList<(string Name, StrengthFolders Strengths)> OtherStrengths { get; init; } = [];

    /// <summary>Whether DiffusionX is also played with one thing changed at a time.</summary>
    public required bool Ablates { get; init; }

    public required long Seed { get; init; }

    /// <summary>Files with the speeds of hardware to forecast sessions on.</summary>
    public required IReadOnlyList<string> Hardware { get; init; }

    /// <summary>Where the log is kept, so that it can go on.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>All that figures depend on, in one line, and nothing of where this machine keeps its files.</summary>
    public string Describe(IReadOnlyList<PromptSession> sessions)
    {
        var steps = Steps is { } number ? FormattableString.Invariant($"{number} steps") : "as many steps as the models say";
        return FormattableString.Invariant(
            $"{sessions.Count} sessions, {sessions[0].Id} to {sessions[^1].Id}; {Nearby(EdgeFolder)} on {Edge.Device}{DescribedFormerEdge}, {Nearby(CloudFolder)} on {Cloud.Device}{(Cloud.HalfPrecisionWeights ? ", weights in half precision" : "")}, link {LinkName}, {steps}, fixed strength {FixedStrength}, else {Strengths.Description}{DescribedAblations}, seed {Seed}");
    }

    private string DescribedFormerEdge => FormerEdgeFolder is { } folder ? $" (before: {Nearby(folder)})" : "";

    private string DescribedAblations => Ablates ? string.Concat(OtherStrengths.Select(other => $", {other.Name}: {other.Strengths.Description}").Prepend(", with ablations")) : "";

    private static string Nearby(string folder) => Path.GetRelativePath(Directory.GetCurrentDirectory(), folder);
}
