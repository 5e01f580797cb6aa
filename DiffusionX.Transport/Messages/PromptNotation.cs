namespace DiffusionX.Transport.Messages;

/// <summary>How a prompt is written. Numbers are part of the protocol.</summary>
internal enum PromptNotation : byte
{
    /// <summary>As words and nothing else.</summary>
    Plain = 0,

    /// <summary>With weights in brackets, breaks, and of any length.</summary>
    Weighted = 1,
}
