using DiffusionX.Generation;
using DiffusionX.Sessions;
using DiffusionX.Strength;

namespace DiffusionX.Cli.Models;

/// <summary>Where learned predictors of strength lie; where there is none, a rule stands in.</summary>
internal sealed record StrengthFolders
{
    /// <summary>The edge's head.</summary>
    public string? Edge { get; init; }

    /// <summary>The cloud's head.</summary>
    public string? Cloud { get; init; }

    /// <summary>The BERT that reads prompts for a cloud's head that takes the paper's features.</summary>
    public string? Bert { get; init; }

    /// <summary>The CLIP that sees drafts for it.</summary>
    public string? Clip { get; init; }

    /// <summary>What is predicted by what, for reports; nothing of where this machine keeps its files.</summary>
    public string Description => $"edge strength {Describe(Edge, "by prompt distance")}, cloud strength {Describe(Cloud, FormattableString.Invariant($"{CloudRefinerOptions.DefaultStrength}"))}";

    /// <summary>The edge's predictor; to be disposed if it can be.</summary>
    public async Task<IStrengthPredictor> LoadEdgeAsync(DiffusionModel edge, CancellationToken cancellationToken) =>
        Edge is { } folder ? await EdgeStrengthPredictor.LoadAsync(folder, edge, cancellationToken) : new EmbeddingDistanceStrength();

    /// <summary>The cloud's predictor, to be disposed by the caller; null where there is none, and the cloud's own strength holds.</summary>
    public CloudStrengthPredictor? TryLoadCloud() => Cloud is { } folder ? CloudStrengthPredictor.Load(folder, LoadFeatures(folder)) : null;

    private IDraftFeatures LoadFeatures(string folder)
    {
        var clip = Clip ?? ShippedModels.Find(ShippedModels.Clip);
        return StrengthHeadFolder.ReadConfig(folder).Encoders.ContainsKey(DraftEncoders.Bert)
            ? DraftEncoders.Load(Bert ?? ShippedModels.Find(ShippedModels.Bert), clip)
            : DraftAgreement.Load(clip);
    }

    private static string Describe(string? folder, string rule) =>
        folder is null ? rule : $"learned ({Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(folder)))}/{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))})";
}
