using System.Security.Cryptography;
using System.Text;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>
/// From prompts to what a UNet reads of them, by one text encoder, or by the two of Stable Diffusion XL. The latest prompts' embeddings are kept, as arrays, so that a user
/// who comes back to a prompt does not wait.
/// </summary>
internal sealed class PromptEncoder : IDisposable
{
    private readonly IReadOnlyList<TextTower> towers;
    private readonly Device device;
    private readonly LruCache<string, PromptEmbedding> embeddings;

    /// <param name="towers">The text encoder, or both, owned from now on. Their prompts have as many tokens, and the last of two has a projection.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="capacity">How many prompts to keep.</param>
    public PromptEncoder(IReadOnlyList<TextTower> towers, Device device, int capacity)
    {
        this.towers = towers;
        this.device = device;
        embeddings = new LruCache<string, PromptEmbedding>(capacity);
    }

    /// <summary>Whether an empty negative prompt is zeros, and not what the encoders make of an empty text.</summary>
    public bool ForcesZerosForEmptyPrompt { get; init; }

    private int Length => towers[0].Tokenizer.MaxLength;

    private int Width => towers.Sum(tower => tower.Model.Config.HiddenSize);

    private int PooledWidth => towers[^1].Model.Config is var config && towers.Count > 1 ? config.ProjectionDim!.Value : config.HiddenSize;

    /// <summary>How many tokens of a prompt do not fit.</summary>
    public int TokensCut(string prompt) => Math.Max(0, towers[0].Tokenizer.CountTokens(prompt) - Length);

    /// <summary>What identifies the text encoders' weights.</summary>
    public string Fingerprint()
    {
        string[] each = [.. towers.Select(tower => WeightFingerprint.Of(tower.Model))];
        return each is [var only] ? only : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', each))));
    }

    /// <summary>What a prompt is to the UNet.</summary>
    public PromptConditioning Encode(string prompt) => ToTensors(embeddings.GetOrAdd(prompt, Compute));

    /// <summary>What a negative prompt is to the UNet.</summary>
    public PromptConditioning EncodeNegative(string prompt) => prompt.Length == 0 && ForcesZerosForEmptyPrompt
        ? new PromptConditioning(zeros([1, Length, Width], device: device), zeros([1, PooledWidth], device: device))
        : Encode(prompt);

    /// <summary>Forgets the prompts that were kept: the text encoders' weights changed.</summary>
    public void Forget() => embeddings.Clear();

    /// <summary>One vector for the whole prompt: the hidden state at its end token, or the projection of the second encoder's.</summary>
    public float[] Pool(string prompt) => embeddings.GetOrAdd(prompt, Compute).Pooled;

    public void Dispose()
    {
        foreach (var tower in towers)
        {
            tower.Model.Dispose();
        }
    }

    private static float[] ToArray(Tensor tensor) => tensor.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();

    private PromptConditioning ToTensors(PromptEmbedding embedding) => new(
        tensor(embedding.Context, [1, Length, Width], device: device), tensor(embedding.Pooled, [1, PooledWidth], device: device));

    private Tensor Tokenize(TextTower tower, string prompt) => tensor(tower.Tokenizer.EncodePadded(prompt), [1, Length], ScalarType.Int64, device);

    private PromptEmbedding Compute(string prompt)
    {
        using var scope = NewDisposeScope();
        return towers.Count == 1 ? ComputeOne(prompt) : ComputeTwo(prompt);
    }

    private PromptEmbedding ComputeOne(string prompt)
    {
        var ids = Tokenize(towers[0], prompt);
        var hidden = towers[0].Model.LastHiddenState(ids);
        return new PromptEmbedding(ToArray(hidden), ToArray(towers[0].Model.Pool(ids, hidden)));
    }

    // Both encoders' states before their last layers, side by side, and the second one's projection (Podell et al., "SDXL", 2023).
    private PromptEmbedding ComputeTwo(string prompt)
    {
        var (first, _) = towers[0].Model.LastTwoHiddenStates(Tokenize(towers[0], prompt));
        var ids = Tokenize(towers[1], prompt);
        var (second, last) = towers[1].Model.LastTwoHiddenStates(ids);
        return new PromptEmbedding(ToArray(cat([first, second], -1)), ToArray(towers[1].Model.Project(ids, last)));
    }

    private sealed record PromptEmbedding(float[] Context, float[] Pooled);
}

/// <summary>A text encoder and its tokenizer.</summary>
internal sealed record TextTower(ClipTokenizer Tokenizer, ClipTextModel Model);
