using DiffusionX.Models.Common;
using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// The texts' keys and values of the runs that take their steps together. They are joined when a run enters or leaves, and not for each
/// step.
/// </summary>
internal sealed class SharedTexts
{
    private readonly Dictionary<StepShape, Joined> joined = [];

    /// <summary>The context of the samples of some runs, in their order. It stays this one's, or the run's where there is one only.</summary>
    public TextContext Of(StepShape shape, IReadOnlyList<DenoisingRun> runs)
    {
        if (runs is [var only])
        {
            return only.Text;
        }

        TextContext[] texts = [.. runs.Select(run => run.Text)];
        if (joined.TryGetValue(shape, out var last) && last.Texts.SequenceEqual(texts))
        {
            return last.Whole;
        }

        last?.Whole.Dispose();
        joined.Remove(shape);
        var whole = TextContext.Join(texts);
        joined[shape] = new Joined(texts, runs, whole);
        return whole;
    }

    /// <summary>A run leaves: what was joined of its text is freed.</summary>
    public void Forget(DenoisingRun run)
    {
        foreach (var (shape, each) in joined.Where(entry => entry.Value.Runs.Contains(run)).ToArray())
        {
            each.Whole.Dispose();
            joined.Remove(shape);
        }
    }

    private sealed record Joined(TextContext[] Texts, IReadOnlyList<DenoisingRun> Runs, TextContext Whole);
}
