using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiffusionX.Tests.Tokenizers;

/// <summary>A CLIP vocabulary of ASCII and a few merges, in the files of transformers.</summary>
internal static class SmallVocabulary
{
    private static readonly string[] Merges = ["c a", "ca t", "ca t</w>", "' s</w>"];

    private static readonly string[] Tokens =
    [
        .. Enumerable.Range('!', 94).Select(code => $"{(char)code}"),
        .. Enumerable.Range('!', 94).Select(code => $"{(char)code}</w>"),
        .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)),
        "<|startoftext|>",
        "<|endoftext|>",
    ];

    public static int Size => Tokens.Length;

    public static int Id(string token) => Array.IndexOf(Tokens, token);

    public static string Token(int id) => Tokens[id];

    public static IEnumerable<int> Ids(params IEnumerable<string> tokens) => tokens.Select(Id);

    /// <summary>A folder with vocab.json and merges.txt, for the caller to dispose.</summary>
    public static TemporaryFolder Write()
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("vocab.json"), JsonSerializer.Serialize(TokenIds()));
        File.WriteAllLines(folder.File("merges.txt"), ["#version: 0.2", .. Merges]);
        return folder;
    }

    /// <summary>The content of a tokenizer.json.</summary>
    /// <param name="inPairs">Whether merges are pairs, as newer versions write them, or strings.</param>
    /// <param name="added">Further tokens; they get the ids after the vocabulary's.</param>
    public static JsonObject Fast(bool inPairs = false, params IEnumerable<string> added)
    {
        var merges = Merges.Select(merge => inPairs ? JsonSerializer.SerializeToNode(merge.Split(' ')) : JsonValue.Create(merge));
        var special = Tokens[^2..].Select(token => new JsonObject { ["id"] = Id(token), ["content"] = token, ["special"] = true });
        var concepts = added.Select((token, i) => new JsonObject { ["id"] = Size + i, ["content"] = token, ["single_word"] = false });
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. special, .. concepts]),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<|endoftext|>",
                ["end_of_word_suffix"] = "</w>",
                ["vocab"] = JsonSerializer.SerializeToNode(TokenIds()),
                ["merges"] = new JsonArray([.. merges]),
            },
        };
    }

    private static Dictionary<string, int> TokenIds() => Tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
}
