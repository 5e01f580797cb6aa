namespace DiffusionX.Sessions.Cloud;

/// <summary>Why a request was stopped.</summary>
internal enum StopReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Its client does not want it any more.</summary>
    Cancelled,

    /// <summary>Its client is gone and did not come back.</summary>
    Abandoned,

    /// <summary>Its time is up.</summary>
    DeadlineExceeded,

    /// <summary>The queue was full, and others have fewer requests in it.</summary>
    Displaced,

    /// <summary>The cloud shuts down.</summary>
    ShuttingDown,
}
