using DiffusionX.Evaluation.Quality;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;

namespace DiffusionX.Cli.Evaluate;

/// <summary>The networks that pictures are measured with, by where they lie.</summary>
internal sealed record MeasuringModels
{
    /// <summary>Inception's weights, a file.</summary>
    public string? Inception { get; init; }

    /// <summary>A folder of scenes models, whose judge stands in for Inception, and says how much of the prompts it finds.</summary>
    public string? Judge { get; init; }

    /// <summary>The folder of a CLIP.</summary>
    public string? Clip { get; init; }

    public string Device { get; init; } = "cpu";

    public IPictureFeatures? LoadFeatures() => this switch
    {
        { Inception: { } file } => InceptionFeatures.Load(file, Device),
        { Judge: { } folder } => JudgeFeatures.Load(new ScenesFolder(folder)),
        _ => null,
    };

    public JudgedFidelity? LoadJudge() => Judge is { } folder ? JudgedFidelity.Load(new ScenesFolder(folder)) : null;

    /// <summary>Who says what one picture keeps of another: the judge, CLIP where they are given, and who needs no network.</summary>
    /// <param name="clip">The CLIP that is loaded already; it stays the caller's.</param>
    public IReadOnlyList<IKeptScorer> LoadKept(ClipScorer? clip) =>
    [
        .. Judge is { } folder ? new IKeptScorer[] { KeptParts.Load(new ScenesFolder(folder)) } : [],
        .. clip is null ? Array.Empty<IKeptScorer>() : [new ClipImageSimilarity(clip)],
        new StructuralSimilarity(),
    ];

    public ClipScorer? LoadScorer() => Clip is { } folder ? ClipScorer.Load(folder, NameOf(folder), Device) : null;

    // The last two parts of the path: "clip" alone says nothing.
    private static string NameOf(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return $"{Path.GetFileName(Path.GetDirectoryName(full))}/{Path.GetFileName(full)}";
    }
}
