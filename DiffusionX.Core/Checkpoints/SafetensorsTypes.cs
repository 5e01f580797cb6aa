using System.Collections.Frozen;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>The element types of the safetensors format.</summary>
internal static class SafetensorsTypes
{
    private static readonly FrozenDictionary<string, ScalarType> ByName = new Dictionary<string, ScalarType>
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<ScalarType, string> ByType = ByName.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The names that can be read and written.</summary>
    public static string Supported => string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal));

    public static ScalarType? Parse(string name) => ByName.TryGetValue(name, out var type) ? type : null;

    /// <summary>The format's name of a type; that of .NET where the format has none.</summary>
    public static string NameOf(ScalarType type) => ByType.GetValueOrDefault(type, type.ToString());

    public static bool IsSupported(ScalarType type) => ByType.ContainsKey(type);

    /// <summary>Bytes of one element.</summary>
    public static int Size(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        ScalarType.Int8 or ScalarType.Byte or ScalarType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of the safetensors format."),
    };
}
