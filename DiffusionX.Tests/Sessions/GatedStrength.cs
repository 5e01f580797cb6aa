using System.Threading.Channels;
using DiffusionX.Strength;

namespace DiffusionX.Tests.Sessions;

/// <summary>A cloud's predictor that counts the runs, and holds them up until the test lets them go.</summary>
internal sealed class GatedStrength(bool isOpen = false) : IStrengthPredictor
{
    private TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<string> runs = Channel.CreateUnbounded<string>();
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

    /// <summary>Waits until the next run has begun, in the order of <see cref="Prompts"/>.</summary>
    /// <exception cref="TimeoutException">None began.</exception>
    public Task NextRunAsync() => runs.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Holds up the runs that begin from now on.</summary>
    public void Close() => gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => gate.TrySetResult();

    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        lock (prompts)
        {
            prompts.Add(context.Prompt);
        }

        runs.Writer.TryWrite(context.Prompt);
        if (!isOpen)
        {
            await gate.Task.WaitAsync(cancellationToken);
        }

        return 0.5;
    }
}
