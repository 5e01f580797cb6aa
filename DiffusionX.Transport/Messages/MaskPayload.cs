namespace DiffusionX.Transport.Messages;

/// <summary>A mask on its way: which positions of a draft's latent are to be redrawn.</summary>
internal sealed record MaskPayload
{
    /// <summary>Height in latent positions.</summary>
    public required int Height { get; init; }

    /// <summary>Width in latent positions.</summary>
    public required int Width { get; init; }

    /// <summary>One bit a position, row after row without a gap, the first position in the highest bit: 1 where it is redrawn.</summary>
    public required byte[] Bits { get; init; }

    /// <summary>How many bytes the bits of a mask take.</summary>
    public static long BytesFor(long height, long width) => ((height * width) + 7) / 8;
}
