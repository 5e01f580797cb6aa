using System.Buffers.Binary;
using System.Text;

namespace DiffusionX.Runtime;

/// <summary>
/// The symbol versions that a 64-bit little-endian ELF shared object needs from other libraries: its <c>.gnu.version_r</c> section.
/// See "Symbol Versioning" in the Linux Standard Base, section "Version Requirements".
/// </summary>
internal static class ElfVersionRequirements
{
    private const int SectionHeaderOffsetField = 0x28;
    private const int SectionHeaderSizeField = 0x3A;
    private const int SectionCountField = 0x3C;
    private const uint VersionNeedSection = 0x6FFFFFFE;
    private const ushort WeakFlag = 2;

    /// <summary>
    /// Marks the need for <paramref name="version"/> as weak (VER_FLG_WEAK), in place: the dynamic linker then warns at most where that
    /// version is missing.
    /// </summary>
    /// <param name="image">The whole file, which is changed.</param>
    /// <param name="version">A version name such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Whether the file needed that version.</returns>
    /// <exception cref="InvalidDataException">The image is no 64-bit little-endian ELF file, or its tables point outside it.</exception>
    public static bool Weaken(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        }

        try
        {
            return WeakenIn(image, Encoding.ASCII.GetBytes(version));
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The ELF file's tables point outside the file.", error);
        }
    }

    private static bool WeakenIn(Span<byte> image, ReadOnlySpan<byte> version)
    {
        var headers = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(image[SectionHeaderOffsetField..]));
        int headerSize = BinaryPrimitives.ReadUInt16LittleEndian(image[SectionHeaderSizeField..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(image[SectionCountField..]);
        for (var i = 0; i < count; i++)
        {
            var section = Section.Read(image[(headers + (i * headerSize))..]);
            if (section.Type == VersionNeedSection)
            {
                var names = Section.Read(image[(headers + (section.Link * headerSize))..]);
                return WeakenIn(image, section, names, version);
            }
        }

        return false;
    }

    // Verneed: version u16, count u16, file u32, aux u32, next u32. Vernaux: hash u32, flags u16, other u16, name u32, next u32.
    private static bool WeakenIn(Span<byte> image, Section needs, Section names, ReadOnlySpan<byte> version)
    {
        var need = needs.Offset;
        for (var i = 0; i < needs.Entries; i++)
        {
            var auxiliary = need + ReadInt32(image, need + 8);
            for (int j = 0, n = BinaryPrimitives.ReadUInt16LittleEndian(image[(need + 2)..]); j < n; j++)
            {
                var name = image[(names.Offset + ReadInt32(image, auxiliary + 8))..];
                if (name.StartsWith(version) && name[version.Length] == 0)
                {
                    var flags = image[(auxiliary + 4)..];
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
                    return true;
                }

                auxiliary += ReadInt32(image, auxiliary + 12);
            }

            need += ReadInt32(image, need + 12);
        }

        return false;
    }

    private static int ReadInt32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadInt32LittleEndian(image[offset..]);

    /// <summary>What matters here of an ELF section header; for version needs, <c>sh_info</c> counts the entries.</summary>
    private readonly record struct Section(uint Type, int Offset, int Link, int Entries)
    {
        public static Section Read(ReadOnlySpan<byte> header) => new(
            BinaryPrimitives.ReadUInt32LittleEndian(header[0x04..]),
            checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..])),
            BinaryPrimitives.ReadInt32LittleEndian(header[0x28..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[0x2C..]));
    }
}
