namespace DiffusionX.Tests;

/// <summary>Keeps all that is reported, in order; may do something at each report.</summary>
internal sealed class Recorder<T>(Action<T>? then = null) : IProgress<T>
{
    private readonly List<T> reports = [];

    public IReadOnlyList<T> All
    {
        get
        {
            lock (reports)
            {
                return [.. reports];
            }
        }
    }

    public void Report(T value)
    {
        lock (reports)
        {
            reports.Add(value);
        }

        then?.Invoke(value);
    }
}
