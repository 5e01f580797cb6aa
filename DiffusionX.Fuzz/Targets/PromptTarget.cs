using System.Text;
using System.Text.Json;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Tokenizers;

namespace DiffusionX.Fuzz.Targets;

/// <summary>A prompt, plain and with weights, up to its tokens.</summary>
internal static class PromptTarget
{
    private static readonly Lazy<ClipTokenizer> Tokenizer = new(WriteTokenizer);

    public static void Read(byte[] input)
    {
        var prompt = Encoding.UTF8.GetString(input);
        WeightedPrompt.DescribeUnread(prompt);
        foreach (var syntax in Enum.GetValues<PromptSyntax>())
        {
            WeightedPrompt.WordsOf(prompt, syntax);
            PromptChunks.Of(WeightedPrompt.Parse(prompt, syntax), Tokenizer.Value);
        }
    }

    // All of ASCII, and no merges.
    private static ClipTokenizer WriteTokenizer()
    {
        var characters = Enumerable.Range('!', 94).Select(code => $"{(char)code}").ToArray();
        string[] tokens = [.. characters, .. characters.Select(character => $"{character}</w>"), "<|startoftext|>", "<|endoftext|>"];
        InputFolder.Write("words/vocab.json", JsonSerializer.SerializeToUtf8Bytes(tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index)));
        return ClipTokenizer.Load(Path.GetDirectoryName(InputFolder.Write("words/merges.txt", "#version: 0.2\n"u8))!);
    }
}
