using System.Buffers.Binary;

namespace DiffusionX.Imaging;

/// <summary>
/// The size that an encoded picture claims, read from its structure alone. Nothing is unpacked, so that a stranger's picture costs no more than a look at its
/// bytes, and what would cost much to decode is not taken for a picture: it is small, and unpacks to a thousand times its size or is drawn a thousand times over.
/// </summary>
/// <param name="Format">The format.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
internal readonly record struct PictureHeader(PictureFormat Format, int Width, int Height)
{
    // Texts and colour profiles of PNG are packed, and unpacked whether somebody reads them or not.
    private const int MostPackedBytes = 64 * 1024;

    // A progressive JPEG has about ten scans, each over all of the picture.
    private const int MostScans = 64;

    private const int PngHeaderBytes = 13;

    /// <summary>Reads it; null for what is no picture, a damaged one, or one that costs too much.</summary>
    public static PictureHeader? TryRead(ReadOnlySpan<byte> encoded)
    {
        var format = PictureFormats.FromSignature(encoded);
        (int Width, int Height)? size = format switch
        {
            PictureFormat.Png => Png(encoded),
            PictureFormat.Jpeg => Jpeg(encoded),
            PictureFormat.WebP => WebP(encoded),
            _ => null,
        };
        return size is { Width: > 0, Height: > 0 } found ? new PictureHeader(format!.Value, found.Width, found.Height) : null;
    }

    // A chunk that can't be read ends the reading here and may not end it elsewhere: what comes behind it would not have been seen.
    private static (int, int)? Png(ReadOnlySpan<byte> encoded)
    {
        var rest = encoded[PngChunk.Signature.Length..];
        if (!PngChunk.TryRead(ref rest, out var type, out var header) || !type.SequenceEqual("IHDR"u8) || header.Length != PngHeaderBytes)
        {
            return null;
        }

        var packed = 0;
        while (!type.SequenceEqual("IEND"u8))
        {
            if (!PngChunk.TryRead(ref rest, out type, out var data))
            {
                return null;
            }

            packed += type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8) || type.SequenceEqual("iCCP"u8) ? data.Length : 0;
            if (packed > MostPackedBytes)
            {
                return null;
            }
        }

        return (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header[4..]));
    }

    // Segments: 0xFF, a marker, a length that includes itself, content. Between a scan's segment and the next marker stand its data, in which 0xFF is followed by 0.
    private static (int, int)? Jpeg(ReadOnlySpan<byte> encoded)
    {
        (int, int)? size = null;
        var scans = 0;
        for (var at = 2; at + 4 <= encoded.Length;)
        {
            if (encoded[at] != 0xFF)
            {
                at++;
                continue;
            }

            var marker = encoded[at + 1];
            if (marker is 0x00 or 0x01 or 0xFF or (>= 0xD0 and <= 0xD8))
            {
                at += marker == 0xFF ? 1 : 2;
                continue;
            }

            if (marker == 0xD9)
            {
                break;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(encoded[(at + 2)..]);
            if (length < 2 || at + 2 + length > encoded.Length)
            {
                return size;
            }

            if (size is null && marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && length >= 7)
            {
                size = (BinaryPrimitives.ReadUInt16BigEndian(encoded[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(encoded[(at + 5)..]));
            }

            scans += marker == 0xDA ? 1 : 0;
            if (scans > MostScans)
            {
                return null;
            }

            at += 2 + length;
        }

        return size;
    }

    // RIFF, the file's length, WEBP, then chunks of which the first one holds the size: lossy, lossless, or extended.
    private static (int, int)? WebP(ReadOnlySpan<byte> encoded)
    {
        const int Content = 20;
        if (encoded.Length < Content + 10)
        {
            return null;
        }

        var type = encoded.Slice(12, 4);
        var content = encoded[Content..];
        if (type.SequenceEqual("VP8 "u8))
        {
            return (BinaryPrimitives.ReadUInt16LittleEndian(content[6..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(content[8..]) & 0x3FFF);
        }

        if (type.SequenceEqual("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(content[1..]);
            return (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
        }

        return type.SequenceEqual("VP8X"u8)
            ? (1 + UInt24(content[4..]), 1 + UInt24(content[7..]))
            : null;
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
