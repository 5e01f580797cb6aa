namespace DiffusionX.Transport.Messages;

/// <summary>How a draft is written into bytes. Numbers are part of the protocol.</summary>
public enum DraftEncoding : byte
{
    /// <summary>The latent as half-precision numbers; the ends need the same VAE.</summary>
    Float16Latent = 0,

    /// <summary>The latent in 8 bits with a scale per channel; the ends need the same VAE.</summary>
    Latent8 = 1,

    /// <summary>A picture, without loss.</summary>
    Png = 2,

    /// <summary>A picture.</summary>
    WebP = 3,

    /// <summary>A picture.</summary>
    Jpeg = 4,
}
