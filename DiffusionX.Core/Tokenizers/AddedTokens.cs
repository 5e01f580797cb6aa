using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The tokens that a text is searched for before it is split into words, as transformers' slow tokenizers do: those that were added to a
/// vocabulary, such as the <c>&lt;cat-toy&gt;</c> of a textual inversion, and those with a special part. Case counts; the leftmost and
/// longest is taken.
/// </summary>
/// <remarks>
/// A concept of several vectors is several tokens, <c>&lt;cat-toy&gt;</c>, <c>&lt;cat-toy&gt;_1</c>, <c>&lt;cat-toy&gt;_2</c> …: where the
/// first is written all of them are meant, as diffusers' <c>maybe_convert_prompt</c> has it.
/// </remarks>
internal sealed class AddedTokens
{
    private const string AddedTokensFile = "added_tokens.json";

    private static readonly string[] SpecialParts =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, AddedToken> tokens;
    private readonly Dictionary<char, AddedToken[]> byFirstCharacter;
    private readonly SearchValues<char> firstCharacters;
    private readonly Dictionary<int, string> contents;

    /// <param name="tokens">By what they are written as.</param>
    private AddedTokens(Dictionary<string, AddedToken> tokens)
    {
        this.tokens = tokens;
        byFirstCharacter = tokens.Values
            .GroupBy(token => token.Content[0])
            .ToDictionary(alike => alike.Key, alike => alike.OrderByDescending(token => token.Content.Length).ToArray());
        firstCharacters = SearchValues.Create([.. byFirstCharacter.Keys]);
        contents = tokens.Values.ToDictionary(token => token.Id, token => token.Content);
    }

    /// <summary>The largest of their ids.</summary>
    public int LargestId => tokens.Values.Max(token => token.Id);

    /// <summary>
    /// The tokens of a folder: from <c>added_tokens.json</c>, <c>tokenizer_config.json</c>, <c>tokenizer.json</c> and
    /// <c>special_tokens_map.json</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="vocabulary">Its vocabulary without them; special tokens are in it or among the added ones.</param>
    /// <param name="vocabularyFile">Where the vocabulary is from.</param>
    /// <param name="always">Tokens that are special in every such tokenizer.</param>
    /// <exception cref="TokenizerException">A token has no id, or two tokens have one, or one has two.</exception>
    public static AddedTokens Read(
        TokenizerFolder folder, IReadOnlyDictionary<string, int> vocabulary, string vocabularyFile, params IEnumerable<string> always)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var (token, file) in Listed(folder))
        {
            if (tokens.TryGetValue(token.Content, out var earlier) && earlier.Id != token.Id)
            {
                throw new TokenizerException($"{folder.PathOf(file)}: '{token.Content}' has the id {token.Id} here and {earlier.Id} elsewhere in the folder.");
            }

            tokens[token.Content] = token;
        }

        foreach (var content in SpecialParts.Select(folder.SpecialToken).OfType<string>().Concat(always).Where(content => content.Length > 0))
        {
            if (!tokens.ContainsKey(content))
            {
                tokens.Add(content, new AddedToken(content, folder.Require(vocabulary, content, vocabularyFile), IsSingleWord: false));
            }
        }

        CheckIds(folder, tokens.Values, vocabulary);
        return new AddedTokens(tokens);
    }

    /// <summary>The id of one that is there.</summary>
    public int IdOf(string content) => tokens[content].Id;

    /// <summary>What an id is written as; null where it is none of these.</summary>
    public string? ContentOf(int id) => contents.GetValueOrDefault(id);

    /// <summary>These and new ones, which get consecutive ids.</summary>
    /// <exception cref="TokenizerException">A token is there already, twice or empty.</exception>
    public AddedTokens With(IEnumerable<string> contents, int firstId)
    {
        var all = new Dictionary<string, AddedToken>(tokens, StringComparer.Ordinal);
        foreach (var content in contents)
        {
            if (string.IsNullOrWhiteSpace(content) || !all.TryAdd(content, new AddedToken(content, firstId++, IsSingleWord: false)))
            {
                throw new TokenizerException($"The token '{content}' can't be added: it is {(string.IsNullOrWhiteSpace(content) ? "empty" : "there already")}.");
            }
        }

        return new AddedTokens(all);
    }

    /// <summary>
    /// Cuts a text into stretches without added tokens, and tokens with their ids, in order. Concatenated they are the text.
    /// </summary>
    public IEnumerable<(string Text, int[]? Ids)> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var next = text.AsSpan(i).IndexOfAny(firstCharacters);
            i = next < 0 ? text.Length : i + next;
            if (TokenAt(text, i) is not { } token)
            {
                i++;
                continue;
            }

            if (i > start)
            {
                yield return (text[start..i], null);
            }

            yield return (token.Content, WithFurtherVectors(token));
            i += token.Content.Length;
            start = i;
        }

        if (start < text.Length)
        {
            yield return (text[start..], null);
        }
    }

    private AddedToken? TokenAt(string text, int index)
    {
        foreach (var token in index < text.Length ? byFirstCharacter[text[index]] : [])
        {
            if (text.AsSpan(index).StartsWith(token.Content, StringComparison.Ordinal))
            {
                return !token.IsSingleWord || IsAlone(text, index, token.Content.Length) ? token : null;
            }
        }

        return null;
    }

    private static bool IsAlone(string text, int index, int length) =>
        (index == 0 || text[index - 1] == ' ') && (index + length == text.Length || text[index + length] == ' ');

    private int[] WithFurtherVectors(AddedToken token)
    {
        List<int> ids = [token.Id];
        while (tokens.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{token.Content}_{ids.Count}"), out var further))
        {
            ids.Add(further.Id);
        }

        return [.. ids];
    }

    private static IEnumerable<(AddedToken Token, string File)> Listed(TokenizerFolder folder)
    {
        foreach (var entry in Properties(folder, folder.Has(AddedTokensFile) ? folder.ReadObject(AddedTokensFile) : null, AddedTokensFile))
        {
            var content = NotEmpty(folder, entry.Name, AddedTokensFile);
            yield return (new AddedToken(content, folder.Id(entry.Value, content, AddedTokensFile), IsSingleWord: false), AddedTokensFile);
        }

        const string config = TokenizerFolder.ConfigFile;
        foreach (var entry in Properties(folder, folder.Setting("added_tokens_decoder"), config))
        {
            var id = int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
            var content = ContentOf(folder, entry.Value, config);
            yield return (new AddedToken(content, folder.CheckedId(id, content, config), IsSingleWord(entry.Value)), config);
        }

        const string fast = TokenizerFolder.FastFile;
        var list = folder.Has(fast) ? TokenizerFolder.Setting(folder.ReadObject(fast), "added_tokens") : null;
        foreach (var entry in list is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : default)
        {
            var content = ContentOf(folder, entry, fast);
            yield return (new AddedToken(content, folder.Id(TokenizerFolder.Setting(entry, "id"), content, fast), IsSingleWord(entry)), fast);
        }
    }

    private static JsonProperty[] Properties(TokenizerFolder folder, JsonElement? json, string file) => json switch
    {
        null => [],
        { ValueKind: JsonValueKind.Object } entries => folder.Read(file, () => entries.EnumerateObject().ToArray()),
        _ => throw new TokenizerException($"{folder.PathOf(file)}: added tokens have to be a JSON object."),
    };

    private static string ContentOf(TokenizerFolder folder, JsonElement entry, string file) =>
        NotEmpty(folder, folder.Read(file, () => TokenizerFolder.Content(entry)), file);

    private static string NotEmpty(TokenizerFolder folder, string? content, string file) => !string.IsNullOrEmpty(content)
        ? content
        : throw new TokenizerException($"{folder.PathOf(file)}: an added token has no 'content'.");

    private static bool IsSingleWord(JsonElement entry) => TokenizerFolder.Setting(entry, "single_word") is { ValueKind: JsonValueKind.True };

    private static void CheckIds(TokenizerFolder folder, IEnumerable<AddedToken> added, IReadOnlyDictionary<string, int> vocabulary)
    {
        var owners = vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        foreach (var token in added)
        {
            if (vocabulary.TryGetValue(token.Content, out var id) && id != token.Id)
            {
                throw new TokenizerException($"{folder.PathOf("")}: '{token.Content}' has the id {id} in the vocabulary and {token.Id} among the added tokens.");
            }

            if (!owners.TryAdd(token.Id, token.Content) && owners[token.Id] != token.Content)
            {
                throw new TokenizerException($"{folder.PathOf("")}: '{owners[token.Id]}' and the added token '{token.Content}' have the same id, {token.Id}.");
            }
        }
    }

    /// <param name="Content">What it is written as.</param>
    /// <param name="Id">The row of the text encoder's embedding.</param>
    /// <param name="IsSingleWord">Whether it counts between spaces alone.</param>
    private sealed record AddedToken(string Content, int Id, bool IsSingleWord);
}
