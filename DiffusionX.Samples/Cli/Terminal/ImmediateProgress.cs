namespace DiffusionX.Cli.Terminal;

/// <summary>Reports at once, on the thread that computes: System.Progress would report later, and out of order.</summary>
internal sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
