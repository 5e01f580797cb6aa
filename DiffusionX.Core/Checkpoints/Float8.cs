namespace DiffusionX.Checkpoints;

/// <summary>
/// The value of each byte of the two 8-bit floating point formats that checkpoints are kept in (Micikevicius et al., "FP8 Formats for Deep
/// Learning", 2022). Float16 holds all of them exactly.
/// </summary>
internal static class Float8
{
    private const int Values = 256;
    private const int MagnitudeBits = 0x7F;

    /// <summary>Four bits of exponent, three of mantissa, no infinities; 0x7F and 0xFF are not a number.</summary>
    public static Half[] E4M3 { get; } = [.. Enumerable.Range(0, Values).Select(DecodeE4M3)];

    /// <summary>Five bits of exponent, two of mantissa: the upper half of a float16.</summary>
    public static Half[] E5M2 { get; } = [.. Enumerable.Range(0, Values).Select(value => BitConverter.UInt16BitsToHalf((ushort)(value << 8)))];

    private static Half DecodeE4M3(int value)
    {
        const int mantissaBits = 3;
        const int bias = 7;
        var magnitude = value & MagnitudeBits;
        if (magnitude == MagnitudeBits)
        {
            return Half.NaN;
        }

        var exponent = magnitude >> mantissaBits;
        var mantissa = (magnitude & 7) / 8.0;
        var number = exponent == 0 ? Math.ScaleB(mantissa, 1 - bias) : Math.ScaleB(1 + mantissa, exponent - bias);
        return (Half)(value == magnitude ? number : -number);
    }
}
