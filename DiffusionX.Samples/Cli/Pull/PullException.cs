namespace DiffusionX.Cli.Pull;

/// <summary>A file can't be fetched. The message names it, what went wrong, and what to do.</summary>
internal sealed class PullException : DiffusionXException
{
    public PullException()
    {
    }

    public PullException(string message)
        : base(message)
    {
    }

    public PullException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the same request may well succeed a little later.</summary>
    public bool MayPass { get; init; }

    /// <summary>How long the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
