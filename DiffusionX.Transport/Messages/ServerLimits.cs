namespace DiffusionX.Transport.Messages;

/// <summary>What a server takes. It tells its clients in the handshake, so that they need not send what it would refuse.</summary>
internal sealed record ServerLimits
{
    /// <summary>The longest prompt, unless another bound is set.</summary>
    public const int DefaultMaxPromptLength = 2000;

    /// <summary>The longest bound of prompts: two of them and a draft fit into the largest frame.</summary>
    public const int LongestMaxPromptLength = 1_000_000;

    /// <summary>The largest picture, unless another bound is set: a megapixel.</summary>
    public const int DefaultMaxPixels = 1024 * 1024;

    private const int BytesPerPixel = 3;
    private const int BytesPerCharacter = 3;

    // Headers of the largest picture, and all fields beside it and the prompts.
    private const int HeaderBytes = 128 * 1024;

    /// <summary>The largest frame that either end sends, in bytes.</summary>
    public int MaxFrameBytes { get; init; } = FrameSize.DefaultMaxBytes;

    /// <summary>UTF-16 code units of the longest prompt, and of the longest negative prompt.</summary>
    public int MaxPromptLength { get; init; } = DefaultMaxPromptLength;

    /// <summary>Steps of the longest schedule.</summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>Pixels of the largest picture.</summary>
    public int MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>The most requests of one session that wait or are computed at the same time.</summary>
    public int MaxRequests { get; init; } = 4;

    /// <summary>
    /// The frame of the largest draft or result with the longest prompts: no encoding of a picture takes more than its pixels, but for its
    /// headers.
    /// </summary>
    public static int FrameBytesFor(int maxPixels, int maxPromptLength) =>
        (int)Math.Min(
            ((long)maxPixels * BytesPerPixel) + (2L * maxPromptLength * BytesPerCharacter) + HeaderBytes, FrameSize.DefaultMaxBytes);

    /// <summary>
    /// What is more than the server takes, for people; null for nothing. The server looks at it, and its clients do before they send.
    /// </summary>
    public string? FindExcess(string prompt, string negativePrompt, int steps)
    {
        if (prompt.Length > MaxPromptLength || negativePrompt.Length > MaxPromptLength)
        {
            return $"The prompt or the negative prompt has more than {MaxPromptLength} characters.";
        }

        return steps < 1 || steps > MaxSteps ? $"{steps} steps were asked for; this cloud takes 1 to {MaxSteps}." : null;
    }

    /// <summary>What is wrong with the size of a picture, for people; null for nothing.</summary>
    public string? FindExcess(Int128 pixels) =>
        pixels > MaxPixels ? $"The draft has {pixels} pixels; this cloud takes at most {MaxPixels}." : null;
}
