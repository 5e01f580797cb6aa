using System.Globalization;
using DiffusionX.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A concept that was learned as one or more vectors of a text encoder's embedding, and the word that stands for it in prompts (Gal et al.,
/// "An Image is Worth One Word: Personalizing Text-to-Image Generation using Textual Inversion", 2022).
/// </summary>
public sealed class TextualInversion
{
    // As many as fit into a prompt, and four times the width of the widest CLIP.
    private const int MostVectors = 75;
    private const int LargestWidth = 1 << 13;

    // Of Stable Diffusion XL's two text encoders, as the files of diffusers, ComfyUI and A1111 name them.
    private static readonly string[][] EncoderPairs = [["clip_l", "clip_g"], ["text_encoders_0", "text_encoders_1"]];

    private TextualInversion(string name, ConceptVectors first, ConceptVectors? second)
    {
        Name = name;
        First = first;
        Second = second;
        Tokens = [name, .. Enumerable.Range(1, first.Count - 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"{name}_{i}"))];
    }

    /// <summary>What stands for the concept in prompts, such as <c>&lt;cat-toy&gt;</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// A token for each vector: the name, then the name with <c>_1</c>, <c>_2</c> … For
    /// <see cref="Tokenizers.ClipTokenizer.WithAddedTokens"/>.
    /// </summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The vectors for the model's only text encoder, or for the first one of Stable Diffusion XL.</summary>
    internal ConceptVectors First { get; }

    /// <summary>
    /// The vectors for the second text encoder of Stable Diffusion XL, as many as the first one has; null in other models' files.
    /// </summary>
    internal ConceptVectors? Second { get; }

    /// <summary>
    /// Reads a .safetensors file: diffusers' (one tensor, called as the concept), A1111's (<c>emb_params</c>), or one for Stable Diffusion
    /// XL (<c>clip_l</c> and <c>clip_g</c>). Tensors have the shape [n, width], or [width] for one vector.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What should stand for the concept; null takes the file's own word for it, or the name of the file where it has
    /// none.</param>
    /// <exception cref="CheckpointException">The file can't be read, is a pickle file, or is no textual inversion.</exception>
    public static TextualInversion Load(string path, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        RefusePickle(path);
        TorchRuntime.EnsureLoaded();
        using var file = SafetensorsFile.Open(path);
        var keys = file.Tensors.Keys.ToHashSet(StringComparer.Ordinal);
        var fileName = Path.GetFileNameWithoutExtension(path);
        if (EncoderPairs.FirstOrDefault(pair => keys.SetEquals(pair)) is [var first, var second])
        {
            return Pair(Checked(name ?? fileName, path), Read(file, first), Read(file, second), path);
        }

        if (keys.Count != 1)
        {
            throw new CheckpointException(
                $"{path} is no textual inversion: it holds {keys.Count} tensors, and a textual inversion 'emb_params', one called as its concept, or 'clip_l' and 'clip_g'.");
        }

        var key = keys.Single();
        return new TextualInversion(Checked(name ?? (key == "emb_params" ? fileName : key), path), Read(file, key), second: null);
    }

    private static void RefusePickle(string path)
    {
        if (SafetensorsFile.IsPickle(path))
        {
            throw new CheckpointException(
                $"{path} is a pickle file, which can run any code when it is read, and is not opened. Convert it where you trust it, in Python: "
                + "safetensors.torch.save_file({'emb_params': next(iter(torch.load('x.pt')['string_to_param'].values())).detach()}, 'x.safetensors').");
        }
    }

    private static TextualInversion Pair(string name, ConceptVectors first, ConceptVectors second, string path) => first.Count == second.Count
        ? new TextualInversion(name, first, second)
        : throw new CheckpointException($"{path}: {first.Count} vectors for the first text encoder and {second.Count} for the second; a concept has as many for both.");

    private static string Checked(string name, string path) => !string.IsNullOrWhiteSpace(name) && name.Length <= 200
        ? name
        : throw new CheckpointException($"{path}: '{name}' can't stand for a concept in prompts. Give it a name of 1 to 200 characters.");

    private static ConceptVectors Read(SafetensorsFile file, string key)
    {
        var entry = file.Tensors[key];
        var (count, width) = entry.Shape is [var only] ? (1, only) : entry.Shape is [var rows, var columns] ? (rows, columns) : (0, 0);
        if (count is < 1 or > MostVectors || width is < 1 or > LargestWidth || !torch.is_floating_point(entry.DType))
        {
            throw new CheckpointException(
                $"{file.Description}: {entry} is no textual inversion, which is 1 to {MostVectors} vectors, [n, width], of a floating-point type.");
        }

        using var scope = NewDisposeScope();
        var values = file.Read(key).to(ScalarType.Float32).data<float>().ToArray();
        return values.All(float.IsFinite)
            ? new ConceptVectors((int)count, (int)width, values)
            : throw new CheckpointException($"{file.Description}: {entry} holds values that are no numbers (NaN or infinite).");
    }
}

/// <summary>The vectors of a concept for one text encoder.</summary>
/// <param name="Count">How many, n.</param>
/// <param name="Width">The text encoder's width.</param>
/// <param name="Values">[n, width], row by row.</param>
internal sealed record ConceptVectors(int Count, int Width, ReadOnlyMemory<float> Values);
