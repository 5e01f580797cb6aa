using TorchSharp;

namespace DiffusionX.Runtime;

/// <summary>
/// How many of the processor's threads share one operation. Every operation of a small model ends with a wait for the slowest thread, so that two threads can take
/// three times as long as one.
/// </summary>
internal readonly struct ProcessorThreads : IDisposable
{
    private readonly int before;

    private ProcessorThreads(int before) => this.before = before;

    /// <summary>Has the calling thread's operations share that many threads, until the result is disposed.</summary>
    public static ProcessorThreads Use(int count)
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(count);
        return new ProcessorThreads(before);
    }

    // libtorch gives threads that begin later what was set last, whoever set it.
    public void Dispose() => torch.set_num_threads(before);
}
