namespace DiffusionX.Transport.Messages;

/// <summary>The largest values of messages' fields. They are part of the protocol, and written down in the .proto files.</summary>
internal static class MessageBounds
{
    /// <summary>The largest frame until both ends have shaken hands.</summary>
    public const int HandshakeBytes = 4096;

    /// <summary>The largest message about a request that carries no picture.</summary>
    public const int NoticeBytes = 4096;

    /// <summary>The largest preview.</summary>
    public const int PreviewBytes = 1024 * 1024;

    /// <summary>Characters of a token.</summary>
    public const int Token = 512;

    /// <summary>Characters of a client's or server's name.</summary>
    public const int Name = 64;

    /// <summary>Characters of a fingerprint, a solver's name or a trace context.</summary>
    public const int Identifier = 128;

    /// <summary>Characters of an error's text.</summary>
    public const int ErrorText = 1000;

    /// <summary>Channels, rows or columns of a draft.</summary>
    public const int Side = 1 << 16;

    /// <summary>The classifier-free guidance scale.</summary>
    public const double Guidance = 1000;

    /// <summary>LoRAs of a request.</summary>
    public const int Loras = 16;

    /// <summary>Bytes of a LoRA's hash.</summary>
    public const int HashBytes = 32;

    /// <summary>Any time.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromDays(7);
}
