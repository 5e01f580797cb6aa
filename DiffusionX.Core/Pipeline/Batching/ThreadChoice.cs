using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// Chooses, step by step, between all of the processor's threads, where they were faster when the machine was measured, and few. A step on all
/// threads waits for the slowest one, and where others want the processor too it takes several times as long. So few are tried now and
/// then, and taken for as long as they are faster.
/// </summary>
/// <param name="few">As many threads as one picture keeps busy.</param>
/// <param name="all">All of the processor's threads.</param>
internal sealed class ThreadChoice(int few, int all)
{
    /// <summary>One step of so many tries the slower.</summary>
    public const int TryEvery = 32;

    private readonly StepTimes onFew = new();
    private readonly StepTimes onAll = new();
    private int steps;

    /// <summary>How many threads the next step takes.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="places">How many places it takes.</param>
    /// <param name="usesAll">Whether all were faster when the machine was measured.</param>
    public int Next(StepShape shape, int places, bool usesAll)
    {
        if (!usesAll)
        {
            return few;
        }

        var (secondsOnFew, secondsOnAll) = (onFew.Of(shape, places), onAll.Of(shape, places));
        var isAllFaster = secondsOnFew == 0 || secondsOnAll < secondsOnFew;
        return isAllFaster != (++steps % TryEvery == 0) ? all : few;
    }

    /// <summary>Notes how long a step took on how many threads.</summary>
    public void Took(StepShape shape, int places, int threads, TimeSpan time) =>
        (threads == all ? onAll : onFew).Add(shape, places, time.TotalSeconds);
}
