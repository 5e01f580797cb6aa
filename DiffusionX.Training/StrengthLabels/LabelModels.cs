using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>The models that label one pair at a time; they stay the caller's.</summary>
/// <param name="Edge">Draws starts.</param>
/// <param name="Redrawer">Redraws them: the edge's again, or the cloud's.</param>
/// <param name="Clip">Scores what was redrawn.</param>
internal sealed record LabelModels(DiffusionModel Edge, DiffusionModel Redrawer, ClipScorer Clip)
{
    /// <summary>Whether starts are drafts, redrawn by the edge before another model refines them.</summary>
    public bool RefinesDrafts => Redrawer != Edge;
}
