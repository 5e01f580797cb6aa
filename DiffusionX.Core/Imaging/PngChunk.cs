using System.Buffers.Binary;

namespace DiffusionX.Imaging;

/// <summary>
/// The chunks of which a PNG file consists after its signature: length, type, data, and a checksum over type and data.
/// PNG specification, third edition, section 5.
/// </summary>
internal static class PngChunk
{
    /// <summary>The bytes of a chunk around its data: length, type and checksum.</summary>
    public const int Overhead = 12;

    private static readonly uint[] ChecksumTable = [.. Enumerable.Range(0, 256).Select(i => ChecksumOfByte((uint)i))];

    /// <summary>The bytes that open every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes one chunk.</summary>
    public static void Write(Stream target, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[Overhead + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Checksum(chunk.AsSpan(4, 4 + data.Length)));
        target.Write(chunk);
    }

    /// <summary>Takes the next chunk off <paramref name="rest"/>.</summary>
    /// <returns>False where there is none: the rest is too short for what it announces, or the checksum is wrong.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = data = default;
        if (rest.Length < Overhead || BinaryPrimitives.ReadUInt32BigEndian(rest) > (uint)(rest.Length - Overhead))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        type = rest.Slice(4, 4);
        data = rest.Slice(8, length);
        var intact = BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + length)..]) == Checksum(rest.Slice(4, 4 + length));
        rest = rest[(Overhead + length)..];
        return intact;
    }

    // CRC-32 as in ISO 3309, reflected: PNG specification, annex D.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum = ChecksumTable[(byte)(checksum ^ value)] ^ (checksum >> 8);
        }

        return ~checksum;
    }

    private static uint ChecksumOfByte(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
        }

        return value;
    }
}
