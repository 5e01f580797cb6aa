using DiffusionX.Runtime;

namespace DiffusionX.Pipeline.Batching;

/// <summary>How a model computes several pictures at once, as it was measured on its machine.</summary>
/// <param name="MaxBatch">The most pictures of the model's own size that share a step: more are not worth their wait.</param>
/// <param name="AllThreadsFrom">
/// The pictures of a step from which all of the processor's threads compute it faster than the few that one picture keeps busy; null for
/// none.
/// </param>
/// <param name="DecodesOnAllThreads">Whether a picture is decoded faster on all of them.</param>
internal sealed record BatchTuning(int MaxBatch, int? AllThreadsFrom, bool DecodesOnAllThreads)
{
    /// <summary>One picture after another.</summary>
    public static BatchTuning OneAtATime { get; } = new(1, null, false);

    /// <summary>What was measured of models on this machine.</summary>
    public static MeasurementFile<BatchTuning> File { get; } =
        MeasurementFile<BatchTuning>.OfUser("batching.json", tuning => tuning.MaxBatch >= 1 && tuning.AllThreadsFrom is not < 1);
}
