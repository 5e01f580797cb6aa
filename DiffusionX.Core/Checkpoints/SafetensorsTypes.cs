using System.Collections.Frozen;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>An element type of the safetensors format.</summary>
/// <param name="Name">Its name in the format.</param>
/// <param name="Size">Bytes of an element in the file.</param>
/// <param name="ReadAs">The type that elements have in memory.</param>
/// <param name="Widened">The value of each byte, for types of one byte that torch lacks.</param>
internal sealed record SafetensorsType(string Name, int Size, ScalarType ReadAs, Half[]? Widened = null);

/// <summary>The element types that can be read and written.</summary>
internal static class SafetensorsTypes
{
    private static readonly SafetensorsType[] Types =
    [
        new("F64", 8, ScalarType.Float64),
        new("F32", 4, ScalarType.Float32),
        new("F16", 2, ScalarType.Float16),
        new("BF16", 2, ScalarType.BFloat16),
        new("I64", 8, ScalarType.Int64),
        new("I32", 4, ScalarType.Int32),
        new("I16", 2, ScalarType.Int16),
        new("I8", 1, ScalarType.Int8),
        new("U8", 1, ScalarType.Byte),
        new("BOOL", 1, ScalarType.Bool),
        new("F8_E4M3", 1, ScalarType.Float16, Float8.E4M3),
        new("F8_E5M2", 1, ScalarType.Float16, Float8.E5M2),
    ];

    private static readonly FrozenDictionary<string, SafetensorsType> ByName = Types.ToFrozenDictionary(type => type.Name);

    private static readonly FrozenDictionary<ScalarType, SafetensorsType> Written =
        Types.Where(type => type.Widened is null).ToFrozenDictionary(type => type.ReadAs);

    /// <summary>The names of the types that can be read.</summary>
    public static string Readable => string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal));

    /// <summary>The names of the types that can be written.</summary>
    public static string Writable => string.Join(", ", Written.Values.Select(type => type.Name).Order(StringComparer.Ordinal));

    public static SafetensorsType? Parse(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The format's name of a type; that of .NET where the format has none.</summary>
    public static string NameOf(ScalarType type) => Written.TryGetValue(type, out var known) ? known.Name : type.ToString();

    public static bool CanWrite(ScalarType type) => Written.ContainsKey(type);
}
