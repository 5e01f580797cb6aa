namespace DiffusionX.Transport;

/// <summary>
/// What kind of thing went wrong. Numbers are part of the protocol; codes of newer peers arrive as <see cref="Unknown"/>.
/// </summary>
public enum ErrorCode : byte
{
    /// <summary>Something that this version has no code for; the text tells.</summary>
    Unknown = 0,

    /// <summary>The ends share no version of the protocol.</summary>
    VersionMismatch = 1,

    /// <summary>The shared token is missing or wrong.</summary>
    Unauthorized = 2,

    /// <summary>The other end sent what can't be read.</summary>
    MalformedMessage = 3,

    /// <summary>A request asks for more than the limits allow, or for something that does not exist.</summary>
    InvalidRequest = 4,

    /// <summary>There is no room for one more connection or request now.</summary>
    OverCapacity = 5,

    /// <summary>The request was not done within its deadline.</summary>
    DeadlineExceeded = 6,

    /// <summary>The request was cancelled.</summary>
    Cancelled = 7,

    /// <summary>The device ran out of memory during the request.</summary>
    OutOfMemory = 8,

    /// <summary>The server is shutting down.</summary>
    ShuttingDown = 9,

    /// <summary>The server failed; it is not the client's doing.</summary>
    Internal = 10,
}
