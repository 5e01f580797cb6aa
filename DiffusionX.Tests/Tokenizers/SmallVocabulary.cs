using System.Text.Json;

namespace DiffusionX.Tests.Tokenizers;

/// <summary>A CLIP vocabulary of ASCII and a few merges, in the two files of transformers.</summary>
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

    public static IEnumerable<int> Ids(params IEnumerable<string> tokens) => tokens.Select(Id);

    /// <summary>A folder with vocab.json and merges.txt, for the caller to dispose.</summary>
    public static TemporaryFolder Write()
    {
        var folder = new TemporaryFolder();
        var ids = Tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        File.WriteAllText(folder.File("vocab.json"), JsonSerializer.Serialize(ids));
        File.WriteAllLines(folder.File("merges.txt"), ["#version: 0.2", .. Merges]);
        return folder;
    }
}
