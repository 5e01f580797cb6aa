using System.Buffers.Binary;

namespace DiffusionX.Imaging;

/// <summary>Goes through a JPEG file's segments without decoding them, up to the end of the picture. ITU-T T.81, annex B.</summary>
internal ref struct JpegSegments
{
    private const byte StartOfScan = 0xDA;
    private const byte EndOfImage = 0xD9;

    private ReadOnlySpan<byte> rest;

    /// <param name="jpeg">A whole file.</param>
    public JpegSegments(ReadOnlySpan<byte> jpeg) => rest = jpeg[2..];

    /// <summary>The second byte of the segment's marker.</summary>
    public byte Marker { get; private set; }

    /// <summary>The segment after its marker: two bytes of length, and what it says.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>
    /// How often the picture is gone through: once, or some ten times in a progressive file. Each time costs a decoder work on all of it.
    /// </summary>
    public static int CountScans(ReadOnlySpan<byte> jpeg)
    {
        var scans = 0;
        for (var segments = new JpegSegments(jpeg); segments.MoveNext();)
        {
            scans += segments.Marker == StartOfScan ? 1 : 0;
        }

        return scans;
    }

    /// <summary>Goes to the next segment; false at the end of the picture, or where the file breaks off or is none.</summary>
    public bool MoveNext()
    {
        if (Marker == StartOfScan)
        {
            rest = rest[EntropyCodedLength(rest)..];
        }

        if (rest.IndexOfAnyExcept((byte)0xFF) is not (> 0 and var marker) || rest[marker] == EndOfImage || rest.Length < marker + 3)
        {
            return false;
        }

        Marker = rest[marker];
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[(marker + 1)..]);
        var content = rest[(marker + 1)..];
        Content = content[..Math.Min(length, content.Length)];
        rest = content[Content.Length..];
        return length >= 2;
    }

    // Within it a byte FF is followed by 00 where it is data, or by the number of a restart.
    private static int EntropyCodedLength(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length - 1; i += 2)
        {
            var next = data[i..].IndexOf((byte)0xFF);
            if (next < 0 || i + next >= data.Length - 1)
            {
                return data.Length;
            }

            i += next;
            if (data[i + 1] is not (0 or (>= 0xD0 and <= 0xD7)))
            {
                return i;
            }
        }

        return data.Length;
    }
}
