using System.Buffers.Binary;
using System.IO.Hashing;

namespace DiffusionX.Imaging;

/// <summary>
/// The chunks of which a PNG file consists after its signature: length, type, data, and a checksum over type and data.
/// PNG specification, third edition, section 5.
/// </summary>
internal static class PngChunk
{
    /// <summary>The bytes of a chunk around its data: length, type and checksum.</summary>
    public const int Overhead = 12;

    // An RGB profile has kilobytes; what a file would add to that is a waste of its reader's time.
    private const int LargestKeptChunk = 1 << 20;

    /// <summary>The bytes that open every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes one chunk.</summary>
    public static void Write(Stream target, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[Overhead + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        target.Write(chunk);
    }

    /// <summary>Takes the next chunk off <paramref name="rest"/>.</summary>
    /// <returns>False where there is none: the rest is too short for what it announces, or the checksum is wrong.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        if (!TryReadUnchecked(ref rest, out var chunk))
        {
            type = data = default;
            return false;
        }

        type = chunk.Slice(4, 4);
        data = chunk[8..^4];
        return BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]) == Crc32.HashToUInt32(chunk[4..^4]);
    }

    /// <summary>
    /// A PNG file without what a decoder would only waste time on: texts and other ancillary chunks, which may be compressed a
    /// thousandfold. What says how the pixels look is kept, one chunk of each kind.
    /// </summary>
    /// <param name="png">A file that begins with <see cref="Signature"/>; one that is cut short stays so.</param>
    /// <param name="exif">The data of its chunk <c>eXIf</c>, or nothing.</param>
    public static byte[] KeepPixels(ReadOnlySpan<byte> png, out ReadOnlySpan<byte> exif)
    {
        exif = default;
        var kept = new MemoryStream(png.Length);
        kept.Write(Signature);
        var seen = new HashSet<uint>();
        var rest = png[Signature.Length..];
        while (TryReadUnchecked(ref rest, out var chunk))
        {
            var type = chunk.Slice(4, 4);
            if (type.SequenceEqual("eXIf"u8))
            {
                exif = chunk[8..^4];
            }
            else if (IsCritical(type)
                || (SaysHowPixelsLook(type) && chunk.Length <= LargestKeptChunk && seen.Add(BinaryPrimitives.ReadUInt32BigEndian(type))))
            {
                kept.Write(chunk);
            }

            if (type.SequenceEqual("IEND"u8))
            {
                return kept.ToArray();
            }
        }

        kept.Write(rest);
        return kept.ToArray();
    }

    private static bool TryReadUnchecked(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> chunk)
    {
        chunk = default;
        if (rest.Length < Overhead || BinaryPrimitives.ReadUInt32BigEndian(rest) > (uint)(rest.Length - Overhead))
        {
            return false;
        }

        var length = Overhead + BinaryPrimitives.ReadInt32BigEndian(rest);
        chunk = rest[..length];
        rest = rest[length..];
        return true;
    }

    // A capital letter: no decoder can do without it. Section 5.4.
    private static bool IsCritical(ReadOnlySpan<byte> type) => (type[0] & 0x20) == 0;

    private static bool SaysHowPixelsLook(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("tRNS"u8) || type.SequenceEqual("gAMA"u8) || type.SequenceEqual("cHRM"u8) || type.SequenceEqual("sRGB"u8)
        || type.SequenceEqual("iCCP"u8) || type.SequenceEqual("cICP"u8) || type.SequenceEqual("sBIT"u8);
}
