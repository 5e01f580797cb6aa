using System.CommandLine;
using DiffusionX.Cli.Models;

namespace DiffusionX.Cli.Commands;

/// <summary>Which learned predictors of strength are used.</summary>
internal sealed class StrengthOptions
{
    private readonly Option<string?> edge = new("--edge-strength") { Description = "The edge's strength predictor (train strength). Without it, the one that comes with the program, for its own model; else a rule." };
    private readonly Option<string?> cloud = new("--cloud-strength") { Description = "The cloud's strength predictor. Without it, the one that comes with the program, for its own model; else a rule." };
    private readonly Option<string?> bert = new("--draft-bert") { Description = "The BERT of the cloud's predictor, if not the one that comes with the program." };
    private readonly Option<string?> clip = new("--draft-clip") { Description = "The CLIP of the cloud's predictor, if not the one that comes with the program." };

    /// <param name="command">Gets the options.</param>
    /// <param name="predictsOnEdge">Whether the command has an edge.</param>
    public StrengthOptions(Command command, bool predictsOnEdge)
    {
        foreach (var option in predictsOnEdge ? new Option[] { edge, cloud, bert, clip } : [cloud, bert, clip])
        {
            command.Add(option);
        }
    }

    /// <param name="parsed">What the user gave.</param>
    /// <param name="edgeIsShipped">Whether the edge's model is the one that comes with the program, whose predictor comes with it too.</param>
    /// <param name="cloudIsShipped">Whether the cloud's is.</param>
    public StrengthFolders Read(ParseResult parsed, bool edgeIsShipped, bool cloudIsShipped) => new()
    {
        Edge = parsed.GetValue(edge) ?? (edgeIsShipped ? ShippedModels.TryFind(ShippedModels.EdgeStrength) : null),
        Cloud = parsed.GetValue(cloud) ?? (cloudIsShipped ? ShippedModels.TryFind(ShippedModels.CloudStrength) : null),
        Bert = parsed.GetValue(bert),
        Clip = parsed.GetValue(clip),
    };

    /// <summary>The predictors that come with the program and were taught the strengths of the best score; null if they are not there, or are not the models'.</summary>
    /// <inheritdoc cref="Read"/>
    public StrengthFolders? ReadBestScore(ParseResult parsed, bool edgeIsShipped, bool cloudIsShipped) =>
        edgeIsShipped && cloudIsShipped && ShippedModels.TryFind(ShippedModels.BestScoreEdgeStrength) is { } bestScoreEdge && ShippedModels.TryFind(ShippedModels.BestScoreCloudStrength) is { } bestScoreCloud
            ? Read(parsed, edgeIsShipped, cloudIsShipped) with { Edge = bestScoreEdge, Cloud = bestScoreCloud }
            : null;
}
