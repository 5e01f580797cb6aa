using System.Text.Json;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The folder of one tokenizer, as transformers saves it. Whatever is wrong with a file is said in an error that names it.
/// </summary>
internal sealed class TokenizerFolder
{
    private const string ConfigFile = "tokenizer_config.json";

    private readonly string path;
    private readonly JsonElement? specialTokens;
    private readonly JsonElement? config;

    /// <param name="path">The folder.</param>
    /// <param name="required">The names of the files without which there is no tokenizer.</param>
    /// <exception cref="TokenizerException">The folder or a required file is missing, or its settings are no JSON objects.</exception>
    public TokenizerFolder(string path, params IEnumerable<string> required)
    {
        this.path = path;
        CheckPresence([.. required]);
        specialTokens = ReadSettings("special_tokens_map.json");
        config = ReadSettings(ConfigFile);
    }

    /// <summary>The full path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>The lines of a text file.</summary>
    public string[] ReadLines(string name) => Read(name, File.ReadAllLines);

    /// <summary>A JSON object from tokens to their ids.</summary>
    public Dictionary<string, int> ReadVocabulary(string name)
    {
        var vocabulary = Read(name, file => JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(file)));
        return vocabulary is { Count: > 0 } && vocabulary.Values.All(id => id >= 0)
            ? vocabulary
            : throw new TokenizerException($"{PathOf(name)}: a vocabulary maps one token or more to ids from 0 on.");
    }

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

    /// <summary>A switch of tokenizer_config.json, or null where it isn't there.</summary>
    public bool? Flag(string name) => Setting(config, name)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "has to be true or false"),
    };

    /// <summary>
    /// A token with a special part, or null. special_tokens_map.json comes before tokenizer_config.json, as in transformers: the two differ in
    /// Stable Diffusion 2.
    /// </summary>
    public string? SpecialToken(string name) => Token(Setting(specialTokens, name)) ?? Token(Setting(config, name));

    /// <summary>Does something with a file, and names the file where that fails.</summary>
    public T Read<T>(string name, Func<string, T> read)
    {
        try
        {
            return read(PathOf(name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or ArgumentException or InvalidOperationException)
        {
            throw new TokenizerException($"{PathOf(name)}: {exception.Message}", exception);
        }
    }

    private void CheckPresence(string[] required)
    {
        if (!Directory.Exists(path))
        {
            throw new TokenizerException($"{path}: there is no such folder; a tokenizer is one with {string.Join(" and ", required)}.");
        }

        if (required.FirstOrDefault(name => !File.Exists(PathOf(name))) is { } missing)
        {
            var isFastOnly = File.Exists(PathOf("tokenizer.json"));
            var hint = isFastOnly ? " tokenizer.json is there, but not read: save the slow tokenizer's files too." : "";
            throw new TokenizerException($"{PathOf(missing)} is missing; a tokenizer is read from {string.Join(" and ", required)}.{hint}");
        }
    }

    private JsonElement? ReadSettings(string name)
    {
        if (!File.Exists(PathOf(name)))
        {
            return null;
        }

        var settings = Read(name, file => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(file)));
        return settings.ValueKind == JsonValueKind.Object
            ? settings
            : throw new TokenizerException($"{PathOf(name)} has to be a JSON object.");
    }

    private static JsonElement? Setting(JsonElement? settings, string name) =>
        settings is { } json && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Tokens are saved as strings, or as objects that say more about them.</summary>
    private static string? Token(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Object } json => Token(Setting(json, "content")),
        _ => null,
    };

    private TokenizerException Wrong(string setting, string what) => new($"{PathOf(ConfigFile)}: '{setting}' {what}.");
}
