using System.Globalization;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;

namespace DiffusionX.Cli.Shipped;

/// <summary>Where learned predictors of strength lie, or which number stands in their place; where there is neither, a rule does.</summary>
internal sealed record StrengthFolders
{
    /// <summary>The edge's head, or one strength for every round.</summary>
    public string? Edge { get; init; }

    /// <summary>The cloud's head, or one strength for every draft.</summary>
    public string? Cloud { get; init; }

    /// <summary>The most that a learned predictor may have the cloud put on a draft; 1 for as much as it says.</summary>
    public double MostOnDraft { get; init; } = LimitedStrength.DefaultMost;

    /// <summary>The BERT that reads prompts for a cloud's head that takes the paper's features.</summary>
    public string? Bert { get; init; }

    /// <summary>The CLIP that sees drafts for it.</summary>
    public string? Clip { get; init; }

    /// <summary>What is predicted by what, for reports; nothing of where this machine keeps its files.</summary>
    public string Description => $"edge strength {Describe(Edge, "by prompt distance")}, cloud strength {Describe(Cloud, FormattableString.Invariant($"{CloudRefinerOptions.DefaultStrength}"))}{DescribedLimit}";

    /// <summary>The edge's predictor; to be disposed if it can be.</summary>
    public async Task<IStrengthPredictor> LoadEdgeAsync(DiffusionModel edge, CancellationToken cancellationToken) =>
        Edge switch
        {
            null => new EmbeddingDistanceStrength(),
            { } number when IsStrength(number, out var strength) => new FixedStrength(strength),
            { } folder => await EdgeStrengthPredictor.LoadAsync(folder, edge, cancellationToken),
        };

    /// <summary>The cloud's predictor, to be disposed if it can be; null where there is none, and the cloud's own strength holds.</summary>
    public async Task<IStrengthPredictor?> TryLoadCloudAsync(CancellationToken cancellationToken) =>
        Cloud switch
        {
            null => null,
            { } number when IsStrength(number, out var strength) => new FixedStrength(strength),
            { } folder => new LimitedStrength(await CloudStrengthPredictor.LoadAsync(folder, () => LoadFeatures(folder), cancellationToken), MostOnDraft),
        };

    private IDraftFeatures LoadFeatures(string folder)
    {
        var clip = Clip ?? ShippedModels.Find(ShippedModels.Clip);
        return StrengthHeadFolder.ReadConfig(folder).Encoders.ContainsKey(BertClipFeatures.Bert)
            ? BertClipFeatures.Load(Bert ?? ShippedModels.Find(ShippedModels.Bert), clip)
            : ClipScoreFeature.Load(clip);
    }

    private static bool IsStrength(string text, out double strength)
    {
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out strength);
        return !isNumber || strength is >= 0 and <= 1
            ? isNumber
            : throw new StrengthException($"{text} is no strength. Give a number from 0 to 1, or the folder of a predictor.");
    }

    private string DescribedLimit => Cloud is { } folder && MostOnDraft < 1 && !IsStrength(folder, out _) ? FormattableString.Invariant($" up to {MostOnDraft:F2}") : "";

    private static string Describe(string? folder, string rule) =>
        folder is null ? rule : IsStrength(folder, out _) ? folder : $"learned ({Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(folder)))}/{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))})";
}
