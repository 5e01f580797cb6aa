using DiffusionX.Tokenizers;

namespace DiffusionX.Fuzz.Targets;

/// <summary>The files of a tokenizer, each under its name, and what it makes of a text.</summary>
internal static class TokenizerTarget
{
    private const string Text = "A cat's 42 größer, 家 <|endoftext|> [MASK] <cat-toy> \u0130!";
    private const int FewTokens = 16;

    private static readonly string[] Files =
    [
        "vocab.json", "merges.txt", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ];

    public static void Read(byte[] input)
    {
        var folder = InputFolder.Empty("tokenizer");
        foreach (var (name, content) in InputParts.Split(input).Where(part => Files.Contains(part.Name)))
        {
            InputFolder.Write($"tokenizer/{name}", content);
        }

        if (File.Exists(Path.Combine(folder, "vocab.txt")))
        {
            var tokenizer = BertTokenizer.Load(folder);
            tokenizer.EncodePadded(Text, Math.Min(FewTokens, tokenizer.MaxLength));
        }
        else
        {
            ClipTokenizer.Load(folder).Encode(Text);
        }
    }
}
