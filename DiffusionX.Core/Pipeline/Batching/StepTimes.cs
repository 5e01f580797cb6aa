using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;

namespace DiffusionX.Pipeline.Batching;

/// <summary>How long steps take, in seconds, by what was measured of them: each in the mean that the next one is expected to be like.</summary>
internal sealed class StepTimes
{
    private readonly Dictionary<StepShape, double> byShape = [];
    private readonly Dictionary<StepShape, SortedList<int, double>> byPlaces = [];

    /// <summary>Notes how long a step took.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="places">How many places it took.</param>
    /// <param name="seconds">How long it took.</param>
    public void Add(StepShape shape, int places, double seconds)
    {
        byShape[shape] = Mean(byShape, shape, seconds);
        var ofShape = byPlaces.TryGetValue(shape, out var known) ? known : byPlaces[shape] = [];
        ofShape[places] = Mean(ofShape, places, seconds);
    }

    /// <summary>A step of a shape, of as many places as there were; 0 where none was measured.</summary>
    public double Of(StepShape shape) => byShape.GetValueOrDefault(shape);

    /// <summary>
    /// A step of that many places: on the line between the next fewer and the next more that were measured, or in proportion to the ones
    /// next to it; 0 where none was measured.
    /// </summary>
    public double Of(StepShape shape, int places)
    {
        if (!byPlaces.TryGetValue(shape, out var known))
        {
            return 0;
        }

        var more = known.Keys.FirstOrDefault(key => key >= places);
        var fewer = known.Keys.LastOrDefault(key => key <= places);
        if (more == 0 || fewer == 0)
        {
            var next = Math.Max(more, fewer);
            return known[next] * places / next;
        }

        return more == fewer ? known[more] : known[fewer] + ((known[more] - known[fewer]) * (places - fewer) / (more - fewer));
    }

    private static double Mean<TKey>(IDictionary<TKey, double> known, TKey key, double seconds) =>
        RecentMean.Of(known.TryGetValue(key, out var before) ? before : null, seconds);
}
