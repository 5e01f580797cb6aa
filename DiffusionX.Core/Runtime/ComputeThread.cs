using System.Threading.Channels;
using TorchSharp;

namespace DiffusionX.Runtime;

/// <summary>
/// One dedicated thread for the tensor work of one model. Work items run one after another, each under inference mode and in a dispose
/// scope of its own, so that a run leaves no tensor behind however it ends.
/// </summary>
/// <remarks>
/// Every operation of a small model ends with a wait for the slowest of the processor's threads, so that two can take three times as long
/// as one. Dispose scopes and inference mode belong to a thread. Work is therefore synchronous from its first tensor to its last; what
/// leaves it are plain arrays.
/// </remarks>
internal sealed class ComputeThread : IDisposable
{
    private readonly Channel<Action> queue = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name, for debuggers and dumps.</param>
    /// <param name="processorThreads">How many of the processor's threads share each operation, at least 1; null for libtorch's own choice,
    /// all cores.</param>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is below 1.</exception>
    public ComputeThread(string name, int? processorThreads = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processorThreads ?? 1, 1, nameof(processorThreads));
        TorchRuntime.EnsureLoaded();
        ProcessorThreads = processorThreads ?? TorchRuntime.ProcessorThreads;
        thread = new Thread(RunQueue) { Name = name, IsBackground = true };
        thread.Start();
    }

    /// <summary>How many of the processor's threads share each operation of the work that begins from now on.</summary>
    internal int ProcessorThreads { get; set; }

    /// <summary>Whether it takes no more work.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Runs <paramref name="work"/> on the thread, after all that was queued before it.</summary>
    /// <param name="work">Synchronous tensor work. Its result must not hold tensors that the work made, unless they were detached from its
    /// dispose scope.</param>
    /// <param name="cancellationToken">Takes queued work back before it starts, and ends work that runs where it looks at <see
    /// cref="ComputeCancellation"/>, as networks do between their layers.</param>
    /// <exception cref="DeviceMemoryException">The device ran out of memory.</exception>
    /// <exception cref="ObjectDisposedException">The thread was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = queue.Writer.TryWrite(() => Complete(completion, work, cancellationToken));
        ObjectDisposedException.ThrowIf(!queued, this);
        return completion.Task;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Action work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync(
            () =>
            {
                work();
                return true;
            },
            cancellationToken);
    }

    /// <summary>Queues work that tells of its end by itself and never fails.</summary>
    /// <returns>Whether it was queued; a thread that was disposed takes no more.</returns>
    public bool TryPost(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return queue.Writer.TryWrite(() => RunInScope(() =>
        {
            work();
            return true;
        }));
    }

    /// <summary>Has other threads of the processor share what the work at hand computes, until the result is disposed.</summary>
    /// <param name="threads">How many, at least 1.</param>
    public IDisposable Share(int threads) => new ThreadCount(threads, after: ProcessorThreads);

    /// <summary>Finishes what is queued, then ends the thread. Called on the thread itself, it does not wait.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        if (queue.Writer.TryComplete() && Thread.CurrentThread != thread)
        {
            thread.Join();
        }
    }

    private void Complete<T>(TaskCompletionSource<T> completion, Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var cancellation = ComputeCancellation.By(cancellationToken);
            completion.SetResult(RunInScope(work));
        }
        catch (OperationCanceledException cancelled)
        {
            completion.SetCanceled(cancelled.CancellationToken);
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            completion.SetException(OutOfMemory.Explain(error));
        }
        catch (Exception error)
        {
            completion.SetException(error);
        }
    }

    private T RunInScope<T>(Func<T> work)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        torch.set_num_threads(ProcessorThreads);
        try
        {
            return work();
        }
        finally
        {
            // Threads that begin later get the number that was set last, whoever set it.
            torch.set_num_threads(TorchRuntime.ProcessorThreads);
        }
    }

    private void RunQueue()
    {
        var reader = queue.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (reader.TryRead(out var work))
            {
                work();
            }
        }
    }

    private sealed class ThreadCount : IDisposable
    {
        private readonly int threads;
        private readonly int after;

        public ThreadCount(int threads, int after)
        {
            (this.threads, this.after) = (threads, after);
            if (threads != after)
            {
                torch.set_num_threads(threads);
            }
        }

        public void Dispose()
        {
            if (threads != after)
            {
                torch.set_num_threads(after);
            }
        }
    }
}
