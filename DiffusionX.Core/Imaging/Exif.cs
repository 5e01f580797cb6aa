using System.Buffers.Binary;
using SkiaSharp;

namespace DiffusionX.Imaging;

/// <summary>What cameras write into pictures (EXIF 2.3): of it, the orientation alone is read.</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;
    private const int EntryLength = 12;

    /// <summary>
    /// The orientation that a TIFF structure says, as in a PNG's chunk <c>eXIf</c>; upright where it says none or is damaged.
    /// </summary>
    public static SKEncodedOrigin Orientation(ReadOnlySpan<byte> tiff)
    {
        var isLittleEndian = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittleEndian && !tiff.StartsWith("MM\0*"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        var directory = UInt32(tiff[4..], isLittleEndian);
        if (directory > tiff.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        var entries = tiff[(int)directory..];
        var count = UInt16(entries, isLittleEndian);
        for (entries = entries[2..]; count > 0 && entries.Length >= EntryLength; count--, entries = entries[EntryLength..])
        {
            if (UInt16(entries, isLittleEndian) == OrientationTag && UInt16(entries[2..], isLittleEndian) == ShortType)
            {
                return UInt16(entries[8..], isLittleEndian) is >= 1 and <= 8 and var value ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isLittleEndian) =>
        isLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isLittleEndian) =>
        isLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
