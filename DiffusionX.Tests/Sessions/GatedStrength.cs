using DiffusionX.Strength;

namespace DiffusionX.Tests.Sessions;

/// <summary>A cloud's predictor that counts the runs, and holds them up until the test lets them go.</summary>
internal sealed class GatedStrength(bool isOpen = false) : IStrengthPredictor
{
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> prompts = [];

    /// <summary>The prompts of the runs that began, in order.</summary>
    public IReadOnlyList<string> Prompts
    {
        get
        {
            lock (prompts)
            {
                return [.. prompts];
            }
        }
    }

    public void Open() => gate.TrySetResult();

    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        lock (prompts)
        {
            prompts.Add(context.Prompt);
        }

        if (!isOpen)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        return 0.5;
    }
}
