using System.Buffers.Binary;
using System.Text;

namespace DiffusionX.Runtime;

/// <summary>
/// The smallest shared library for Linux on x86-64: one function without relocations (System V ABI, "Object Files" and "Dynamic Linking").
/// </summary>
internal static class ElfLibrary
{
    private const int PageSize = 0x1000;
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int SymbolSize = 24;

    private const int Symbols = HeaderSize + (4 * SegmentSize);
    private const int Names = Symbols + (2 * SymbolSize);

    // The loader writes into the dynamic section: it has a page of its own.
    private const int Dynamic = PageSize;

    private enum Tag
    {
        End = 0,
        Hash = 4,
        Names = 5,
        Symbols = 6,
        NamesSize = 10,
        SymbolSize = 11,
    }

    [Flags]
    private enum Access
    {
        Execute = 1,
        Write = 2,
        Read = 4,
    }

    private enum SegmentKind : uint
    {
        Load = 1,
        Dynamic = 2,

        // Without it the loader makes every stack of the process executable.
        Stack = 0x6474e551,
    }

    /// <summary>A library whose one symbol is a function.</summary>
    /// <param name="name">The function's name, ASCII.</param>
    /// <param name="code">Its machine code, which may lie anywhere.</param>
    public static byte[] OfFunction(string name, ReadOnlySpan<byte> code)
    {
        var names = Encoding.ASCII.GetBytes($"\0{name}\0");
        var hash = Align(Names + names.Length, 8);
        var text = Align(hash + (6 * sizeof(int)), 16);
        var dynamic = DynamicSection(hash, names.Length);
        var image = new byte[Dynamic + dynamic.Length];

        WriteHeader(image);
        WriteSegment(image, 0, SegmentKind.Load, Access.Read | Access.Execute, 0, text + code.Length);
        WriteSegment(image, 1, SegmentKind.Load, Access.Read | Access.Write, Dynamic, dynamic.Length);
        WriteSegment(image, 2, SegmentKind.Dynamic, Access.Read | Access.Write, Dynamic, dynamic.Length);
        WriteSegment(image, 3, SegmentKind.Stack, Access.Read | Access.Write, 0, 0);
        WriteFunctionSymbol(image.AsSpan(Symbols + SymbolSize), nameOffset: 1, text, code.Length);
        names.CopyTo(image, Names);
        WriteHashTable(image.AsSpan(hash));
        code.CopyTo(image.AsSpan(text));
        dynamic.CopyTo(image, Dynamic);
        return image;
    }

    private static int Align(int offset, int to) => (offset + to - 1) / to * to;

    private static byte[] DynamicSection(int hash, int namesSize)
    {
        (Tag Tag, long Value)[] entries =
        [
            (Tag.Hash, hash), (Tag.Names, Names), (Tag.Symbols, Symbols), (Tag.NamesSize, namesSize), (Tag.SymbolSize, SymbolSize), (Tag.End, 0),
        ];
        var section = new byte[entries.Length * 16];
        for (var i = 0; i < entries.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(section.AsSpan(i * 16), (long)entries[i].Tag);
            BinaryPrimitives.WriteInt64LittleEndian(section.AsSpan((i * 16) + 8), entries[i].Value);
        }

        return section;
    }

    // ELF64, little endian, version 1; a shared object (3) for x86-64 (62).
    private static void WriteHeader(Span<byte> image)
    {
        ReadOnlySpan<byte> identification = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(image);
        BinaryPrimitives.WriteInt16LittleEndian(image[16..], 3);
        BinaryPrimitives.WriteInt16LittleEndian(image[18..], 62);
        BinaryPrimitives.WriteInt32LittleEndian(image[20..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(image[32..], HeaderSize);
        BinaryPrimitives.WriteInt16LittleEndian(image[52..], HeaderSize);
        BinaryPrimitives.WriteInt16LittleEndian(image[54..], SegmentSize);
        BinaryPrimitives.WriteInt16LittleEndian(image[56..], 4);
        BinaryPrimitives.WriteInt16LittleEndian(image[58..], 64);
    }

    private static void WriteSegment(Span<byte> image, int index, SegmentKind kind, Access access, long offset, long size)
    {
        var entry = image[(HeaderSize + (index * SegmentSize))..];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)kind);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], (int)access);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[24..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], size);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], size);
        BinaryPrimitives.WriteInt64LittleEndian(entry[48..], kind == SegmentKind.Load ? PageSize : 8);
    }

    // Global (1) function (2), in whatever section: only "undefined" has a meaning to the loader.
    private static void WriteFunctionSymbol(Span<byte> symbol, int nameOffset, long address, long size)
    {
        BinaryPrimitives.WriteInt32LittleEndian(symbol, nameOffset);
        symbol[4] = (1 << 4) | 2;
        BinaryPrimitives.WriteInt16LittleEndian(symbol[6..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(symbol[8..], address);
        BinaryPrimitives.WriteInt64LittleEndian(symbol[16..], size);
    }

    // One bucket, in which symbol 1 is the first and the last of two.
    private static void WriteHashTable(Span<byte> table)
    {
        ReadOnlySpan<int> words = [1, 2, 1, 0, 0];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[(i * sizeof(int))..], words[i]);
        }
    }
}
