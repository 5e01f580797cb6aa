using System.Text.Json;

namespace DiffusionX.Checkpoints;

/// <summary>
/// The settings of one config.json while they are read. Every setting has to be read, expected or known to be harmless: whatever is left
/// over could change the maths, and is refused by name.
/// </summary>
internal sealed class ConfigReader
{
    private readonly JsonElement json;
    private readonly string source;
    private readonly HashSet<string> known = [];

    /// <param name="json">The config, an object.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    public ConfigReader(JsonElement json, string source)
    {
        this.json = json;
        this.source = source;
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new ModelConfigException($"{source}: a model's config has to be a JSON object, and this is {json.ValueKind}.");
        }
    }

    /// <summary>Whether the setting is there at all, be it null.</summary>
    public bool Has(string name) => json.TryGetProperty(name, out _);

    /// <summary>Whether the setting is there and null, which some models mean by "none".</summary>
    public bool IsNull(string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    public int Integer(string name, int? fallback = null)
    {
        var number = Read(name, fallback, value => value.TryGetInt32(out var i) ? i : null, "a whole number");
        return number >= 0 ? number : throw Wrong(name, "must not be negative");
    }

    /// <summary>A whole number within bounds.</summary>
    public int Integer(string name, int? fallback, int least, int most)
    {
        var number = Integer(name, fallback);
        return number >= least && number <= most ? number : throw Wrong(name, $"is {number}; it has to be from {least} to {most}");
    }

    public int? OptionalInteger(string name) => Value(name) is null ? null : Integer(name);

    public int? OptionalInteger(string name, int least, int most) => Value(name) is null ? null : Integer(name, null, least, most);

    public double Number(string name, double? fallback = null) => Read(name, fallback, Finite, "a number");

    /// <summary>A number that may be infinite, as Python writes and <see cref="ConfigJson"/> reads it.</summary>
    public double NumberOrInfinity(string name, double? fallback = null) => Read(
        name,
        fallback,
        value => value.ValueKind != JsonValueKind.String ? Finite(value) : value.GetString() switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        },
        "a number");

    /// <summary>A list of numbers, which may be empty; null where there is none.</summary>
    public IReadOnlyList<double>? Numbers(string name)
    {
        const string Kind = "has to be a list of finite numbers";
        return Value(name) is not { } value
            ? null
            : value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select(item => Finite(item) ?? throw Wrong(name, Kind))]
                : throw Wrong(name, Kind);
    }

    /// <summary>A text.</summary>
    public string Text(string name) => Value(name) is not { } value
        ? throw Missing(name)
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "has to be a text");

    public bool Flag(string name, bool fallback) =>
        Read<bool>(
            name,
            fallback,
            value => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null,
            "true or false");

    public IReadOnlyList<int> Integers(string name, IReadOnlyList<int>? fallback = null, int most = int.MaxValue, int least = 1)
    {
        var numbers = ReadList(
            name,
            fallback,
            value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var i) && i >= least ? i : null,
            least == 1 ? "positive whole numbers" : $"whole numbers from {least} on");
        return numbers.Max() <= most ? numbers : throw Wrong(name, $"has {numbers.Max()}; its numbers have to be at most {most}");
    }

    /// <summary>One positive whole number for all levels, or a list with one for each.</summary>
    public IReadOnlyList<int> IntegerOrList(string name, int levels, int fallback)
    {
        var list = Value(name)?.ValueKind == JsonValueKind.Array ? Integers(name) : [.. Enumerable.Repeat(Integer(name, fallback), levels)];
        return list.Count == levels && list.All(number => number > 0)
            ? list
            : throw Wrong(name, $"has to be one positive number, or {levels} of them");
    }

    /// <summary>
    /// For each level one number or several: a single number is every level's, an element of a list one level's, and may be a list itself.
    /// Null where the setting is absent.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? IntegerOrNestedLists(string name, int levels, int most)
    {
        if (Value(name) is not { } value)
        {
            return null;
        }

        IReadOnlyList<int>[] lists = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(OneOrSeveral)]
            : [.. Enumerable.Repeat(OneOrSeveral(value), levels)];
        return lists.Length == levels && lists.All(list => list.Count > 0 && list.All(number => number >= 0 && number <= most))
            ? lists
            : throw Wrong(name, $"has to be one number from 0 to {most}, or {levels} of them, each of which may be a list itself");

        static IReadOnlyList<int> OneOrSeveral(JsonElement element) => element.ValueKind == JsonValueKind.Array
            ? [.. element.EnumerateArray().Select(OrNegative)]
            : [OrNegative(element)];

        static int OrNegative(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number)
            ? number
            : -1;
    }

    /// <summary>A list of names, each one of <paramref name="supported"/>.</summary>
    public IReadOnlyList<string> Names(string name, IReadOnlyList<string> supported, IReadOnlyList<string>? fallback = null)
    {
        known.Add(name);
        if (Value(name) is not { } value)
        {
            return fallback ?? throw Missing(name);
        }

        var names = value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(item => item.ToString()).ToArray()
            : throw Wrong(name, "has to be a list of names");
        return names.FirstOrDefault(n => !supported.Contains(n)) is { } unsupported
            ? throw Wrong(name, $"asks for '{unsupported}'; supported are {string.Join(", ", supported)}")
            : names;
    }

    /// <summary>A setting that is one of a few names.</summary>
    public T OneOf<T>(string name, Dictionary<string, T> choices, T? fallback = null)
        where T : struct
    {
        if (Value(name) is not { } value)
        {
            return fallback ?? throw Missing(name);
        }

        return choices.TryGetValue(value.ToString(), out var choice)
            ? choice
            : throw Wrong(name, $"is '{Shorten(value.ToString())}'; supported are {string.Join(", ", choices.Keys)}");
    }

    /// <summary>A nested object of settings.</summary>
    public ConfigReader Section(string name)
    {
        known.Add(name);
        return new ConfigReader(Value(name) ?? throw Missing(name), $"{source}, {name}");
    }

    /// <summary>
    /// Refuses every value of this setting but one: other values are other maths, which is not built here. Absent and null pass.
    /// </summary>
    public void Expect<T>(string name, T only)
        where T : notnull
    {
        known.Add(name);
        if (Value(name) is { } value && !Equals(value, only))
        {
            throw Wrong(name, $"is {Shorten(value.GetRawText())}, and only {JsonSerializer.Serialize(only)} is supported");
        }
    }

    /// <summary>The same for a setting that may be a list with a value for each level.</summary>
    public void ExpectThroughout<T>(string name, T only)
        where T : notnull
    {
        if (Value(name) is not { ValueKind: JsonValueKind.Array } list)
        {
            Expect(name, only);
        }
        else if (!list.EnumerateArray().All(value => Equals(value, only)))
        {
            throw Wrong(name, $"is {Shorten(list.GetRawText())}, and only {JsonSerializer.Serialize(only)} is supported");
        }
    }

    /// <summary>Notes settings that change nothing in inference: dropout, initialisation, the sizes that a model was trained at …</summary>
    public void Ignore(params IEnumerable<string> names) => known.UnionWith(names);

    /// <summary>
    /// Refuses what nobody has read. Nulls and names with a leading underscore pass: they say that a setting is not used.
    /// </summary>
    public void RefuseOthers()
    {
        var unknown = json.EnumerateObject()
            .Where(setting => !known.Contains(setting.Name) && !setting.Name.StartsWith('_'))
            .Where(setting => setting.Value.ValueKind != JsonValueKind.Null)
            .Select(setting => $"'{setting.Name}' ({Shorten(setting.Value.GetRawText())})")
            .ToArray();
        if (unknown.Length > 0)
        {
            throw new ModelConfigException(
                $"{source}: not supported: {string.Join(", ", unknown)}. The model would compute something else without; remove a "
                + "setting only if it has no effect.");
        }
    }

    /// <summary>An error about one setting.</summary>
    public ModelConfigException Wrong(string name, string what) => new($"{source}: '{name}' {what}.");

    private static double? Finite(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : null;

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..37] + "...";

    private static bool Equals<T>(JsonElement value, T only)
        where T : notnull => only switch
        {
            bool flag => value.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
            string text => value.ValueKind == JsonValueKind.String && value.GetString() == text,
            int number => value.ValueKind == JsonValueKind.Number && value.GetDouble() == number,
            double number => value.ValueKind == JsonValueKind.Number && value.GetDouble() == number,
            _ => throw new ArgumentException($"Settings are not compared with a {typeof(T).Name}.", nameof(only)),
        };

    private JsonElement? Value(string name)
    {
        known.Add(name);
        return json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T Read<T>(string name, T? fallback, Func<JsonElement, T?> parse, string kind)
        where T : struct =>
        Value(name) is { } value ? TryParse(value, parse) ?? throw Wrong(name, $"has to be {kind}") : fallback ?? throw Missing(name);

    private IReadOnlyList<T> ReadList<T>(string name, IReadOnlyList<T>? fallback, Func<JsonElement, T?> parse, string kind)
        where T : struct
    {
        if (Value(name) is not { } value)
        {
            return fallback ?? throw Missing(name);
        }

        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? [.. value.EnumerateArray().Select(item => parse(item) ?? throw Wrong(name, $"has to be a list of {kind}"))]
            : throw Wrong(name, $"has to be a list of {kind}");
    }

    private static T? TryParse<T>(JsonElement value, Func<JsonElement, T?> parse)
        where T : struct
    {
        try
        {
            return parse(value);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private ModelConfigException Missing(string name) => new($"{source}: the setting '{name}' is missing.");
}
