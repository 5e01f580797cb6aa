using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DiffusionX.Runtime;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The folder of one tokenizer, as transformers saves it. Whatever is wrong with a file is said in an error that names it. Files are in
/// UTF-8, with or without a byte order mark.
/// </summary>
internal sealed class TokenizerFolder
{
    /// <summary>The file in which transformers' "fast" tokenizers keep everything.</summary>
    public const string FastFile = "tokenizer.json";

    /// <summary>The settings of either kind of tokenizer.</summary>
    public const string ConfigFile = "tokenizer_config.json";

    /// <summary>Which tokens have a special part.</summary>
    public const string SpecialTokensFile = "special_tokens_map.json";

    // CLIP's largest file has 4 MB. The largest id stands for a text encoder's embedding of gigabytes.
    private const long MaximumBytes = 64L << 20;
    private const int MaximumId = (1 << 24) - 1;

    private static readonly JsonSerializerOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly string path;
    private readonly JsonElement? specialTokens;
    private readonly JsonElement? config;

    /// <param name="path">The folder.</param>
    /// <param name="slowFiles">The names of the files that transformers' "slow" tokenizer is read from; <see cref="FastFile"/> can stand
    /// for them.</param>
    /// <exception cref="TokenizerException">The folder or its files are missing, or its settings are no JSON objects.</exception>
    public TokenizerFolder(string path, params IReadOnlyList<string> slowFiles)
    {
        this.path = path;
        IsFast = !slowFiles.All(Has);
        CheckPresence(slowFiles);
        specialTokens = Has(SpecialTokensFile) ? ReadObject(SpecialTokensFile) : null;
        config = Has(ConfigFile) ? ReadObject(ConfigFile) : null;
    }

    /// <summary>Whether <see cref="FastFile"/> is all there is.</summary>
    public bool IsFast { get; }

    /// <summary>The full path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>Whether the folder has a file of that name.</summary>
    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>The lines of a text file.</summary>
    public string[] ReadLines(string name)
    {
        using var reader = new StringReader(Encoding.UTF8.GetString(ReadUtf8(name)));
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return [.. lines];
    }

    /// <summary>A file that holds a JSON object.</summary>
    public JsonElement ReadObject(string name)
    {
        var json = Read(name, () => JsonSerializer.Deserialize<JsonElement>(ReadUtf8(name), Strict));
        return json.ValueKind == JsonValueKind.Object ? json : throw new TokenizerException($"{PathOf(name)} has to be a JSON object.");
    }

    /// <summary>The part <c>model</c> of <see cref="FastFile"/>, of the kind that it has to be.</summary>
    public JsonElement ReadFastModel(string type)
    {
        var model = Setting(ReadObject(FastFile), "model");
        return model is { ValueKind: JsonValueKind.Object } json && Text(Setting(json, "type")) is { } found && found == type
            ? json
            : throw new TokenizerException($"{PathOf(FastFile)}: 'model' has to be an object whose 'type' is {type}: the tokenizer is of another kind of model.");
    }

    /// <summary>A JSON object from tokens to their ids, each of which belongs to one token.</summary>
    /// <param name="json">The object.</param>
    /// <param name="name">The file that it is from.</param>
    public Dictionary<string, int> Vocabulary(JsonElement? json, string name) => Read(name, () =>
    {
        if (json is not { ValueKind: JsonValueKind.Object } entries || !entries.EnumerateObject().Any())
        {
            throw new TokenizerException($"{PathOf(name)}: a vocabulary maps one token or more to ids.");
        }

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        foreach (var entry in entries.EnumerateObject())
        {
            var id = Id(entry.Value, entry.Name, name);
            if (!tokens.TryAdd(id, entry.Name))
            {
                throw new TokenizerException($"{PathOf(name)}: '{tokens[id]}' and '{entry.Name}' have the same id, {id}.");
            }

            vocabulary.Add(entry.Name, id);
        }

        return vocabulary;
    });

    /// <summary>A token's id, written as a JSON number.</summary>
    public int Id(JsonElement? value, string token, string name) =>
        CheckedId(value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var id) ? id : -1, token, name);

    /// <summary>A token's id, if it is one.</summary>
    public int CheckedId(int id, string token, string name) => id is >= 0 and <= MaximumId
        ? id
        : throw new TokenizerException($"{PathOf(name)}: the id of '{token}' is missing or none: ids are whole numbers from 0 to {MaximumId}.");

    /// <summary>The id that a vocabulary read from <paramref name="file"/> has for a token that it must have.</summary>
    public int Require(IReadOnlyDictionary<string, int> vocabulary, string token, string file) => vocabulary.TryGetValue(token, out var id)
        ? id
        : throw new TokenizerException($"{PathOf(file)}: the token {token} is missing, which such a model's vocabulary has to have.");

    /// <summary>How many tokens the model takes, or null where the settings don't say. "No limit" is saved as 10³⁰.</summary>
    public int? MaxLength(int least)
    {
        if (Setting(config, "model_max_length") is not { ValueKind: JsonValueKind.Number } value || !value.TryGetInt32(out var length))
        {
            return null;
        }

        return length >= least ? length : throw Wrong("model_max_length", $"is {length} and has to be {least} or more");
    }

    /// <summary>A member of tokenizer_config.json, or null where it isn't there.</summary>
    public JsonElement? Setting(string name) => Setting(config, name);

    /// <summary>A switch of tokenizer_config.json, or null where it isn't there.</summary>
    public bool? Flag(string name) => Setting(config, name)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "has to be true or false"),
    };

    /// <summary>
    /// A token with a special part, or null. special_tokens_map.json comes before tokenizer_config.json, as in transformers: the two differ
    /// in Stable Diffusion 2.
    /// </summary>
    public string? SpecialToken(string name) =>
        Read(SpecialTokensFile, () => Content(Setting(specialTokens, name))) ?? Read(ConfigFile, () => Content(Setting(config, name)));

    /// <summary>Does something with a file's content, and names the file where that fails.</summary>
    public T Read<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or ArgumentException or InvalidOperationException or FormatException)
        {
            throw new TokenizerException($"{PathOf(name)}: {exception.Message}", exception);
        }
    }

    /// <summary>A member of a JSON object; null where it is missing, null, or the object is none.</summary>
    public static JsonElement? Setting(JsonElement? settings, string name) =>
        settings is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A token, which is saved as a string, or as an object that says more about it; null where it is neither.</summary>
    public static string? Content(JsonElement? value) => Text(value) ?? Text(Setting(value, "content"));

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private byte[] ReadUtf8(string name) => Read(name, () =>
    {
        var bytes = InputFile.ReadAllBytes(PathOf(name), MaximumBytes);
        return !Utf8.IsValid(bytes) ? throw new FormatException("It is not in UTF-8.")
            : bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..]
            : bytes;
    });

    private void CheckPresence(IReadOnlyList<string> slowFiles)
    {
        var wanted = $"{string.Join(" and ", slowFiles)}, or {FastFile}";
        if (!Directory.Exists(path))
        {
            throw new TokenizerException($"{path}: there is no such folder; a tokenizer is one with {wanted}.");
        }

        if (IsFast && !Has(FastFile))
        {
            throw new TokenizerException($"{PathOf(slowFiles.First(name => !Has(name)))} is missing; a tokenizer is read from {wanted}.");
        }
    }

    private TokenizerException Wrong(string setting, string what) => new($"{PathOf(ConfigFile)}: '{setting}' {what}.");
}
