using DiffusionX.Generation;

namespace DiffusionX.Sessions;

/// <summary>Passes a run's progress on at once, on the model's thread; <see cref="Progress{T}"/> would reorder it.</summary>
internal sealed class StepProgress(Action<GenerationProgress> report) : IProgress<GenerationProgress>
{
    public void Report(GenerationProgress value) => report(value);
}
