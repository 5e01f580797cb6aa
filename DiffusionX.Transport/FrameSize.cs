namespace DiffusionX.Transport;

/// <summary>Sizes of frames on the wire: a length in 4 bytes, least significant first, and that many bytes. A length of 0 is a farewell.</summary>
public static class FrameSize
{
    /// <summary>Bytes of the length before each frame.</summary>
    public const int PrefixBytes = sizeof(uint);

    /// <summary>The largest frame, unless another bound is set: 32 MiB.</summary>
    public const int DefaultMaxBytes = 32 * 1024 * 1024;
}
