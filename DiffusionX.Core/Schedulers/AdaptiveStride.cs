namespace DiffusionX.Schedulers;

/// <summary>As many steps in one as the expected clean latent stays nearly the same for. The last step is always taken.</summary>
internal sealed record AdaptiveStride(double Change, int Longest) : SkipStepSchedule
{
    internal override bool WatchesChange => true;

    internal override int Next(int step, int steps, int ofSchedule, double changePerStep)
    {
        var stride = (int)Math.Clamp(Change / changePerStep, 1, Longest);
        return step == steps - 1 ? steps : Math.Min(step + stride, steps - 1);
    }
}
