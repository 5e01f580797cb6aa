using System.CommandLine;
using System.Globalization;
using DiffusionX.Strength;

namespace DiffusionX.Cli.Shipped;

/// <summary>Which learned predictors of strength are used.</summary>
internal sealed class StrengthOptions
{
    private readonly Option<string?> edge = new("--edge-strength") { Description = "The edge's strength predictor (train strength), or a number, 0 to 1, for every round. Without it, the one that comes with the program, for its own model; else a rule." };
    private readonly Option<string?> cloud = new("--cloud-strength") { Description = "The cloud's strength predictor (train strength), which the edge asks where there is one, or a number, 0 to 1, for every draft. Without it, the one that comes with the program, for its own models; else 0.80 for every draft." };
    private readonly Option<double> most = new("--most-strength") { Description = "The most noise that a learned predictor may have the cloud put on a draft: less keeps more of what was accepted, 1 is as much as the predictor says.", DefaultValueFactory = _ => LimitedStrength.DefaultMost };
    private readonly Option<string?> bert = new("--draft-bert") { Description = "The BERT of the cloud's predictor, if not the one that comes with the program." };
    private readonly Option<string?> clip = new("--draft-clip") { Description = "The CLIP of the cloud's predictor, if not the one that comes with the program." };

    /// <param name="command">Gets the options.</param>
    /// <param name="predictsOnEdge">Whether the command has an edge.</param>
    public StrengthOptions(Command command, bool predictsOnEdge)
    {
        foreach (var option in predictsOnEdge ? new Option[] { edge, cloud, most, bert, clip } : [cloud, most, bert, clip])
        {
            command.Add(option);
        }

        most.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number is not (>= 0 and <= 1))
            {
                result.AddError(FormattableString.Invariant($"{most.Name} is {number}; it has to be 0 to 1."));
            }
        });
    }

    /// <param name="parsed">What the user gave.</param>
    /// <param name="edgeIsShipped">Whether the edge's model is the one that comes with the program, whose predictors come with it
    /// too.</param>
    public StrengthFolders Read(ParseResult parsed, bool edgeIsShipped) => new()
    {
        Edge = parsed.GetValue(edge) ?? (edgeIsShipped ? ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.EdgeStrength) : null),
        Cloud = parsed.GetValue(cloud) ?? (edgeIsShipped ? ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.CloudStrength) : null),
        MostOnDraft = parsed.GetValue(most),
        Bert = parsed.GetValue(bert),
        Clip = parsed.GetValue(clip),
    };

    /// <summary>The same with one of the other predictors that come with the program, each with a name for a report.</summary>
    /// <param name="parsed">What the user gave.</param>
    /// <param name="edgeIsShipped">Whether the edge's model is the one that comes with the program.</param>
    public IReadOnlyList<(string Name, StrengthFolders Strengths)> Others(ParseResult parsed, bool edgeIsShipped)
    {
        var usual = Read(parsed, edgeIsShipped);
        var others = new List<(string, StrengthFolders)>();
        foreach (var (name, head) in new[] { ("with best-score strengths on the edge", ShippedModels.BestScoreEdgeStrength), ("with frugal strengths on the edge", ShippedModels.FrugalEdgeStrength) })
        {
            if (edgeIsShipped && ShippedModels.TryFindWith(ShippedModels.Edge, head) is { } folder)
            {
                others.Add((name, usual with { Edge = folder }));
            }
        }

        if (usual.Cloud is not null)
        {
            others.Add(("with a fixed cloud strength", usual with { Cloud = null }));
        }

        return others;
    }
}
