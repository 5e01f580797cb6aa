namespace DiffusionX.Schedulers;

/// <summary>A schedule can't be made: its steps or strength are out of range.</summary>
public sealed class SchedulerException : DiffusionXException
{
    /// <inheritdoc/>
    public SchedulerException()
    {
    }

    /// <inheritdoc/>
    public SchedulerException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public SchedulerException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
