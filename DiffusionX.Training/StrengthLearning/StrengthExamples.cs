using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>From labels to examples: every fifth session is held out.</summary>
internal static class StrengthExamples
{
    private const int HeldOutEvery = 5;

    /// <summary>Examples for the edge: both prompts' embeddings, and the cosine distance between them.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="label">How a label is chosen.</param>
    /// <param name="edge">The model that embeds.</param>
    /// <param name="cancellationToken">Stops the embedding.</param>
    public static async Task<IReadOnlyList<StrengthExample>> OfEdgeAsync(
        IReadOnlyList<StrengthLabel> labels, Func<StrengthLabel, double> label, DiffusionModel edge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(edge);
        var heldOut = HeldOutSessions(labels);
        var examples = new List<StrengthExample>();
        foreach (var each in labels)
        {
            var start = await edge.EmbedPromptAsync(each.Pair.StartPrompt, cancellationToken).ConfigureAwait(false);
            var current = await edge.EmbedPromptAsync(each.Pair.Prompt, cancellationToken).ConfigureAwait(false);
            var features = EmbeddingDelta.Features(start.Span, current.Span);
            examples.Add(new StrengthExample(features, label(each), CosineDistance.Between(start.Span, current.Span) ?? 1, heldOut.Contains(each.Pair.Session)));
        }

        return examples;
    }

    /// <summary>
    /// Examples for the cloud: what its head is given of the prompt and the draft, and how little the draft fits the prompt by its CLIP
    /// score.
    /// </summary>
    /// <param name="labels">The labels.</param>
    /// <param name="label">How a label is chosen.</param>
    /// <param name="features">What the head is given.</param>
    /// <param name="folder">Where the drafts are, which the labelling kept.</param>
    /// <exception cref="PictureException">A draft is not there.</exception>
    public static IReadOnlyList<StrengthExample> OfCloud(
        IReadOnlyList<StrengthLabel> labels, Func<StrengthLabel, double> label, IDraftFeatures features, string folder)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(features);
        var heldOut = HeldOutSessions(labels);
        return [.. labels.Select(each => new StrengthExample(
            features.Of(each.Pair.Prompt, Picture.Load(StrengthLabelling.StartFile(folder, each))), label(each), 1 - each.StartScore, heldOut.Contains(each.Pair.Session)))];
    }

    /// <summary>
    /// The floor for labels: of the strengths that take the most steps, the one whose pictures score best over all pairs that are not held
    /// out.
    /// </summary>
    /// <param name="labels">The labels.</param>
    /// <param name="drawn">How their pictures were drawn, which tells how many steps a strength takes.</param>
    public static StrengthFloor Floor(IReadOnlyList<StrengthLabel> labels, StrengthLabelOptions drawn)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(drawn);
        var heldOut = HeldOutSessions(labels);
        StrengthLabel[] known = [.. labels.Where(label => !heldOut.Contains(label.Pair.Session))];
        var most = drawn.StepsTaken(StrengthRange.Largest);
        var dearest = StrengthRange.Labels.Index().Where(each => drawn.StepsTaken(each.Item) == most).ToArray();
        return new StrengthFloor(dearest[0].Item, dearest.MaxBy(each => known.Average(label => label.Scores[each.Index])).Item);
    }

    // Whole sessions: pairs of one session share prompts, and would give each other away.
    private static HashSet<string> HeldOutSessions(IEnumerable<StrengthLabel> labels) =>
        [.. labels.Select(label => label.Pair.Session).Distinct().Where((_, i) => i % HeldOutEvery == HeldOutEvery - 1)];
}
