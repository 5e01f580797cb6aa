using System.Buffers.Binary;
using System.Globalization;

namespace DiffusionX.Imaging;

/// <summary>
/// What the first bytes of a picture's file say. Nothing is decoded for it, inflated or allocated, and a hostile file costs no more than a
/// good one.
/// </summary>
/// <param name="Format">The format.</param>
/// <param name="Width">The width in pixels, as the file holds it: not yet turned upright.</param>
/// <param name="Height">The height in pixels.</param>
internal readonly record struct PictureHeader(ReadableFormat Format, long Width, long Height)
{
    // A photograph has some ten segments before its frame: a profile of megabytes is one for each 64 kB.
    private const int MostJpegSegments = 1024;

    /// <summary>The format as one that pictures are written in; null for those that are read only.</summary>
    public PictureFormat? WrittenFormat => Format switch
    {
        ReadableFormat.Png => PictureFormat.Png,
        ReadableFormat.Jpeg => PictureFormat.Jpeg,
        ReadableFormat.WebP => PictureFormat.WebP,
        _ => null,
    };

    /// <summary>Null where the bytes are no picture of a format that is read, or too few to tell its size.</summary>
    public static PictureHeader? Read(ReadOnlySpan<byte> encoded) => PictureFormats.FromSignature(encoded) switch
    {
        ReadableFormat.Png => OfPng(encoded),
        ReadableFormat.Jpeg => OfJpeg(encoded),
        ReadableFormat.WebP => OfWebP(encoded),
        ReadableFormat.Bmp => OfBmp(encoded),
        ReadableFormat.Gif => OfGif(encoded),
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width} × {Height} pixels");

    // Signature, then the chunk IHDR: length, type, width, height. PNG specification, third edition, section 11.2.1.
    private static PictureHeader? OfPng(ReadOnlySpan<byte> encoded) => encoded.Length >= 24 && encoded[12..].StartsWith("IHDR"u8)
        ? new(ReadableFormat.Png, BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]), BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]))
        : null;

    private static PictureHeader? OfJpeg(ReadOnlySpan<byte> encoded)
    {
        var segments = new JpegSegments(encoded);
        for (var i = 0; i < MostJpegSegments && segments.MoveNext(); i++)
        {
            // A start of frame: length, precision, height, width. ITU-T T.81, section B.2.2.
            if (segments.Marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && segments.Content is { Length: >= 7 } frame)
            {
                return new(ReadableFormat.Jpeg, BinaryPrimitives.ReadUInt16BigEndian(frame[5..]), BinaryPrimitives.ReadUInt16BigEndian(frame[3..]));
            }
        }

        return null;
    }

    // RIFF header, then the first chunk: a lossy frame (RFC 6386, section 9.1), a lossless one, or the extended header. Google, "WebP
    // Container Specification".
    private static PictureHeader? OfWebP(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < 30)
        {
            return null;
        }

        var type = encoded[12..16];
        var data = encoded[20..];
        if (type.SequenceEqual("VP8 "u8))
        {
            const int sizeMask = 0x3FFF;
            return new(
                ReadableFormat.WebP, BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & sizeMask, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & sizeMask);
        }

        if (type.SequenceEqual("VP8L"u8))
        {
            const int sizeMask = 0x3FFF;
            var sizes = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
            return new(ReadableFormat.WebP, (sizes & sizeMask) + 1, ((sizes >> 14) & sizeMask) + 1);
        }

        return type.SequenceEqual("VP8X"u8)
            ? new(ReadableFormat.WebP, UInt24(data[4..]) + 1, UInt24(data[7..]) + 1)
            : null;
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    // File header of 14 bytes, then an information header that begins with its own length. A negative height means rows from the top.
    private static PictureHeader? OfBmp(ReadOnlySpan<byte> encoded)
    {
        const int coreHeaderLength = 12;
        if (encoded.Length < 26)
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(encoded[14..]) == coreHeaderLength
            ? new(ReadableFormat.Bmp, BinaryPrimitives.ReadUInt16LittleEndian(encoded[18..]), BinaryPrimitives.ReadUInt16LittleEndian(encoded[20..]))
            : new(ReadableFormat.Bmp, BinaryPrimitives.ReadInt32LittleEndian(encoded[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(encoded[22..])));
    }

    // The logical screen, which every frame is a part of.
    private static PictureHeader? OfGif(ReadOnlySpan<byte> encoded) => encoded.Length >= 10
        ? new(ReadableFormat.Gif, BinaryPrimitives.ReadUInt16LittleEndian(encoded[6..]), BinaryPrimitives.ReadUInt16LittleEndian(encoded[8..]))
        : null;
}
