namespace DiffusionX.Schedulers;

/// <summary>Every so many-th step.</summary>
internal sealed record UniformStride(int Stride) : SkipStepSchedule
{
    internal override int Next(int step, int steps, int ofSchedule, double changePerStep) => Math.Min(step + Stride, steps);
}
