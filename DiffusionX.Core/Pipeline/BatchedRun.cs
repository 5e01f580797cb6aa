using DiffusionX.Pipeline.Batching;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;

namespace DiffusionX.Pipeline;

/// <summary>What waits in a batch engine for its turn to begin.</summary>
internal abstract class BatchItem(CancellationToken cancellationToken)
{
    /// <summary>Takes it back, or stops it.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>How much room it takes: pictures of the model's own size.</summary>
    public abstract int Places { get; }

    /// <summary>Tells whoever waits that it failed.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Tells the one who waits for a task in the words of a <see cref="ComputeThread"/>.</summary>
    protected static void Fail<T>(TaskCompletionSource<T> completion, Exception error)
    {
        if (error is OperationCanceledException cancelled)
        {
            completion.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            completion.TrySetException(OutOfMemory.Is(error) ? OutOfMemory.Explain(error) : error);
        }
    }
}

/// <summary>Work that is done while no run is under way, between those that came before it and those that came after it.</summary>
internal sealed class WorkBetweenRuns(Action work, CancellationToken cancellationToken) : BatchItem(cancellationToken)
{
    private readonly TaskCompletionSource<bool> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its end.</summary>
    public Task Completion => completion.Task;

    /// <inheritdoc/>
    public override int Places => 0;

    /// <summary>Does it.</summary>
    public void Execute() => work();

    /// <summary>Tells whoever waits that it is done.</summary>
    public void Complete() => completion.TrySetResult(true);

    /// <inheritdoc/>
    public override void Fail(Exception error) => Fail(completion, error);
}

/// <summary>A run in a batch engine.</summary>
/// <param name="run">The run.</param>
/// <param name="loras">The LoRAs that it needs in the weights; null for the model's own.</param>
/// <param name="places">How much room it takes.</param>
/// <param name="asked">When it was asked for, by the engine's clock.</param>
/// <param name="deadline">When it has to be done; null for whenever.</param>
/// <param name="owner">Whose it is; owners share the time.</param>
internal abstract class BatchedRun(
    GenerationRun run, IReadOnlyList<LoraSelection>? loras, int places, TimeSpan asked, TimeSpan? deadline, object owner)
    : BatchItem(run.CancellationToken), ITurnTaker
{
    public GenerationRun Run => run;

    public IReadOnlyList<LoraSelection>? Loras => loras;

    public TimeSpan Asked => asked;

    /// <inheritdoc/>
    public override int Places => places;

    /// <inheritdoc/>
    public TimeSpan? Deadline => deadline;

    /// <inheritdoc/>
    public object Owner => owner;

    /// <inheritdoc/>
    public StepShape NextShape => run.Denoising.NextShape;

    /// <inheritdoc/>
    public int StepsLeft => run.Denoising.StepsLeft;

    /// <inheritdoc/>
    public int PassedOver { get; set; }

    /// <inheritdoc/>
    public bool IsAlone { get; set; }

    /// <summary>Takes out of the run what its caller asked for, as long as it is there.</summary>
    public abstract void Collect();

    /// <summary>Tells whoever waits that it is done.</summary>
    public abstract void Complete();
}

/// <inheritdoc/>
/// <param name="run">The run.</param>
/// <param name="collect">Takes out of the run what its caller asked for.</param>
/// <param name="loras">The LoRAs that it needs in the weights; null for the model's own.</param>
/// <param name="places">How much room it takes.</param>
/// <param name="asked">When it was asked for, by the engine's clock.</param>
/// <param name="deadline">When it has to be done; null for whenever.</param>
/// <param name="owner">Whose it is; owners share the time.</param>
internal sealed class BatchedRun<T>(
    GenerationRun run, Func<T> collect, IReadOnlyList<LoraSelection>? loras, int places, TimeSpan asked, TimeSpan? deadline, object owner)
    : BatchedRun(run, loras, places, asked, deadline, owner)
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T result = default!;

    /// <summary>Its end.</summary>
    public Task<T> Completion => completion.Task;

    /// <inheritdoc/>
    public override void Collect() => result = collect();

    /// <inheritdoc/>
    public override void Complete() => completion.TrySetResult(result);

    /// <inheritdoc/>
    public override void Fail(Exception error) => Fail(completion, error);
}
