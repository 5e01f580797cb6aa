using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Shipped;

/// <summary>
/// The models that come with the program, and where they lie: in weights/scenes, of the repository or beside the program.
/// </summary>
internal static class ShippedModels
{
    /// <summary>The large one, which refines.</summary>
    public const string Cloud = "scenes/cloud";

    /// <summary>The small one, which drafts.</summary>
    public const string Edge = "scenes/edge";

    /// <summary>The same, distilled to a few steps: what drafts where it is there.</summary>
    public const string FewStepEdge = "scenes/edge-few";

    /// <summary>The decoder of previews.</summary>
    public const string PreviewDecoder = "scenes/taesd";

    /// <summary>CLIP, which scores pictures.</summary>
    public const string Clip = "scenes/clip";

    /// <summary>BERT, which reads prompts for the cloud's strength predictor.</summary>
    public const string Bert = "scenes/bert";

    /// <summary>The edge's strength predictor.</summary>
    public const string EdgeStrength = "scenes/strength/edge";

    /// <summary>The cloud's strength predictor, which the edge asks: it has the draft's picture.</summary>
    public const string CloudStrength = "scenes/strength/cloud";

    /// <summary>The edge's strength predictor that was taught the paper's labels.</summary>
    public const string BestScoreEdgeStrength = "scenes/strength/best-score/edge";

    /// <summary>The edge's strength predictor that was taught the least noise that comes close.</summary>
    public const string FrugalEdgeStrength = "scenes/strength/frugal/edge";

    private const string Weights = "weights";

    private static string[] Starts => [Directory.GetCurrentDirectory(), AppContext.BaseDirectory];

    /// <summary>The folder of a model, looked for from the current folder upwards, then from the program's upwards.</summary>
    /// <param name="name">Such as <see cref="Cloud"/>.</param>
    /// <exception cref="ModelConfigException">It is in none of them.</exception>
    public static string Find(string name) => TryFind(name) ?? throw new ModelConfigException(
        $"The model {name} that comes with the program is not here: there is no folder {Weights}/{name} in or above {string.Join(" or ", Starts)}. Name the folder of another model.");

    /// <inheritdoc cref="Find"/>
    /// <returns>Null if it is in none of them.</returns>
    public static string? TryFind(string name) =>
        Starts.SelectMany(Upwards).Select(folder => Path.Combine(folder, Weights, name)).FirstOrDefault(Directory.Exists);

    /// <summary>
    /// Something that belongs to a model, from the weights folder in which the model itself was found: another folder's would be of other
    /// weights.
    /// </summary>
    /// <param name="model">Such as <see cref="Edge"/>.</param>
    /// <param name="name">Such as <see cref="EdgeStrength"/>.</param>
    /// <returns>Null if the model is not there, or has nothing of that name.</returns>
    public static string? TryFindWith(string model, string name) =>
        TryFind(model) is { } folder && Path.Combine(folder[..^model.Length], name) is var found && Directory.Exists(found) ? found : null;

    /// <summary>The folder of the model that drafts: the few-step one where it lies beside the other.</summary>
    /// <exception cref="ModelConfigException">Neither is there.</exception>
    public static string FindDrafting() => TryFindWith(Edge, FewStepEdge) ?? Find(Edge);

    /// <summary>The options of a model that drafts, with the decoder of previews that comes with the program.</summary>
    /// <param name="options">The options.</param>
    /// <param name="isShipped">Whether the model is the one of <see cref="FindDrafting"/>, whose latents that decoder knows.</param>
    public static DiffusionModelOptions WithPreviewDecoder(DiffusionModelOptions options, bool isShipped) =>
        isShipped ? options with { PreviewDecoderFolder = TryFindWith(Edge, PreviewDecoder) } : options;

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var level = new DirectoryInfo(folder); level is not null; level = level.Parent)
        {
            yield return level.FullName;
        }
    }
}
