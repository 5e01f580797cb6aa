namespace DiffusionX.Transport.Messages;

/// <summary>
/// What stands before the message in its envelope: its kind and its length, each a variable-length number. Read by hand, before anything is
/// trusted.
/// </summary>
/// <param name="Kind">The number of the envelope's field.</param>
/// <param name="MessageBytes">The message's length: the rest of the frame.</param>
internal readonly record struct EnvelopeHeader(int Kind, int MessageBytes)
{
    private const int WireTypeBits = 3;
    private const ulong LengthDelimited = 2;
    private const int LargestFieldNumber = (1 << 29) - 1;

    // A number has 7 bits a byte, the last byte's highest bit is 0; 5 bytes hold all the numbers that there can be here.
    private const int NumberBits = 7;
    private const int MostNumberBytes = 5;

    /// <summary>Whether a frame is an envelope with exactly one message that fills it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out EnvelopeHeader header)
    {
        header = default;
        if (!TryReadNumber(ref frame, out var tag) || !TryReadNumber(ref frame, out var length))
        {
            return false;
        }

        var (kind, wireType) = (tag >> WireTypeBits, tag & ((1 << WireTypeBits) - 1));
        if (kind is 0 or > LargestFieldNumber || wireType != LengthDelimited || length != (ulong)frame.Length)
        {
            return false;
        }

        header = new EnvelopeHeader((int)kind, frame.Length);
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        for (var i = 0; i < Math.Min(bytes.Length, MostNumberBytes); i++)
        {
            number |= (ulong)(bytes[i] & ((1 << NumberBits) - 1)) << (i * NumberBits);
            if (bytes[i] < 1 << NumberBits)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
