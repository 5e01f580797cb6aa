using DiffusionX.Imaging;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Drafts;

/// <summary>What a draft has to be for this cloud. Nothing is allocated, and no picture decoded, for a draft that is not.</summary>
/// <param name="VaeFingerprint">The VAE that latents have to be of.</param>
/// <param name="LatentChannels">The channels of its latents.</param>
/// <param name="PixelsPerLatent">How many pixels a latent position is wide.</param>
/// <param name="MaxPixels">Pixels of the largest picture.</param>
internal sealed record DraftLimits(string VaeFingerprint, int LatentChannels, int PixelsPerLatent, int MaxPixels)
{
    private const int BytesPerPixel = 3;
    private const int HeaderBytes = 1 << 16;

    // No encoding takes more than the pixels themselves, but for its headers.
    private long MaxPictureBytes => ((long)MaxPixels * BytesPerPixel) + HeaderBytes;

    /// <summary>What is wrong with a draft, for its sender; null for a good one.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="vaeFingerprint">The VAE that its sender says to have.</param>
    public string? FindFault(DraftPayload draft, string vaeFingerprint)
    {
        if (draft.Height < 1 || draft.Width < 1 || draft.Channels < 1)
        {
            return $"The draft has the size {draft.Channels}×{draft.Height}×{draft.Width}, which is none.";
        }

        return DraftCodec.IsLatent(draft.Encoding) ? FindLatentFault(draft, vaeFingerprint) : FindPictureFault(draft);
    }

    /// <summary>What is wrong with the mask of a draft without a fault, for its sender; null for a good one.</summary>
    public string? FindFault(MaskPayload mask, DraftPayload draft)
    {
        if (DraftCodec.IsLatent(draft.Encoding) && (mask.Height, mask.Width) != (draft.Height, draft.Width))
        {
            return $"The mask is of {mask.Width}×{mask.Height} positions and the draft of {draft.Width}×{draft.Height}; they have to be the same.";
        }

        if ((Int128)mask.Height * mask.Width > MaxPixels)
        {
            return $"The mask has {(Int128)mask.Height * mask.Width} positions; this cloud takes at most {MaxPixels}.";
        }

        return mask.Height >= 1 && mask.Width >= 1 && mask.Bits.LongLength == MaskPayload.BytesFor(mask.Height, mask.Width)
            ? null
            : $"The mask has {mask.Bits.Length} bytes, which is not one bit for each of {mask.Width}×{mask.Height} positions.";
    }

    private string? FindLatentFault(DraftPayload draft, string vaeFingerprint)
    {
        if (vaeFingerprint != VaeFingerprint)
        {
            return "The draft is a latent of another VAE than this cloud's. Send it as a picture.";
        }

        if (draft.Channels != LatentChannels)
        {
            return $"The draft has {draft.Channels} channels and this cloud's latents have {LatentChannels}.";
        }

        var pixels = (Int128)draft.Height * draft.Width * PixelsPerLatent * PixelsPerLatent;
        if (pixels > MaxPixels)
        {
            return TooManyPixels(pixels);
        }

        var expected = DraftCodec.LatentBytes(draft.Encoding, draft.Channels, draft.Height, draft.Width);
        return draft.Bytes.LongLength == expected ? null : $"The draft has {draft.Bytes.Length} bytes; {draft.Encoding} takes {expected} for its size.";
    }

    private string? FindPictureFault(DraftPayload draft)
    {
        if (draft.Encoding.ToFormat() is not { } format)
        {
            return $"The draft's encoding is {draft.Encoding}, which this cloud does not know.";
        }

        if (draft.Bytes.LongLength > MaxPictureBytes)
        {
            return $"The draft has {draft.Bytes.Length} bytes; this cloud takes at most {MaxPictureBytes}.";
        }

        if (PictureHeader.Read(draft.Bytes) is not { Width: var width, Height: var height } header || header.WrittenFormat != format)
        {
            return $"The draft is no {draft.Encoding} picture, or a damaged one.";
        }

        if (width < PixelsPerLatent || height < PixelsPerLatent)
        {
            return $"The draft has {width}×{height} pixels; the smallest picture has {PixelsPerLatent}×{PixelsPerLatent}.";
        }

        return (long)width * height > MaxPixels ? TooManyPixels((long)width * height) : null;
    }

    private string TooManyPixels(Int128 pixels) => $"The draft has {pixels} pixels; this cloud takes at most {MaxPixels}.";
}
