namespace DiffusionX.Transport.Messages;

/// <summary>How a picture is written into bytes. Numbers are part of the protocol.</summary>
internal enum PictureEncoding : byte
{
    /// <summary>PNG, without loss.</summary>
    Png = 0,

    /// <summary>WebP.</summary>
    WebP = 1,

    /// <summary>JPEG.</summary>
    Jpeg = 2,
}
