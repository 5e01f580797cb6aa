namespace DiffusionX.Runtime;

/// <summary>
/// Passes reports on at once, on the thread that makes them; <see cref="Progress{T}"/> would report later, and out of order.
/// </summary>
/// <param name="report">Takes a report. It holds up the work while it runs.</param>
internal sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
