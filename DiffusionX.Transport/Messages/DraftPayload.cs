namespace DiffusionX.Transport.Messages;

/// <summary>A draft on its way: a latent or a picture in bytes.</summary>
internal sealed record DraftPayload
{
    /// <summary>How <see cref="Bytes"/> is to be read.</summary>
    public required DraftEncoding Encoding { get; init; }

    /// <summary>Channels of the latent, or of the picture.</summary>
    public required int Channels { get; init; }

    /// <summary>Height of the latent, or of the picture in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the latent, or of the picture in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>The draft.</summary>
    public required byte[] Bytes { get; init; }
}
