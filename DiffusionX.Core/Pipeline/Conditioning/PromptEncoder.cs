using System.Security.Cryptography;
using System.Text;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>
/// From prompts to what a UNet reads of them, by one text encoder, or by the two of Stable Diffusion XL. The latest prompts' embeddings are
/// kept, as arrays, so that a user who comes back to a prompt does not wait.
/// </summary>
internal sealed class PromptEncoder : IDisposable
{
    private readonly IReadOnlyList<TextTower> towers;
    private readonly Device device;
    private readonly LruCache<(string Prompt, PromptSyntax Syntax), PromptEmbedding> embeddings;

    /// <param name="towers">
    /// The text encoder, or both, owned from now on. Their prompts have as many tokens, and the last of two has a projection.
    /// </param>
    /// <param name="device">Where they are.</param>
    /// <param name="capacity">How many prompts to keep.</param>
    public PromptEncoder(IReadOnlyList<TextTower> towers, Device device, int capacity)
    {
        this.towers = towers;
        this.device = device;
        embeddings = new LruCache<(string Prompt, PromptSyntax Syntax), PromptEmbedding>(capacity);
    }

    /// <summary>Whether an empty negative prompt is zeros, and not what the encoders make of an empty text.</summary>
    public bool ForcesZerosForEmptyPrompt { get; init; }

    private int Length => towers[0].Tokenizer.MaxLength;

    private int Width => towers.Sum(tower => tower.Model.Config.HiddenSize);

    private int PooledWidth => towers[^1].Model.Config is var config && towers.Count > 1 ? config.ProjectionDim!.Value : config.HiddenSize;

    /// <summary>A prompt as the first text encoder takes it.</summary>
    /// <exception cref="PromptException">It can't be read.</exception>
    public PromptChunks Chunks(string prompt, PromptSyntax syntax) => Chunks(prompt, syntax, towers[0]);

    /// <summary>What identifies the text encoders' weights.</summary>
    public string Fingerprint()
    {
        string[] each = [.. towers.Select(tower => WeightFingerprint.Of(tower.Model))];
        return each is [var only] ? only : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', each))));
    }

    /// <summary>What a prompt and a negative one are to the UNet: one chunk or more, as many of both.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="negativePrompt">The negative prompt; null without guidance.</param>
    /// <param name="syntax">How both are read.</param>
    /// <exception cref="PromptException">A prompt can't be read.</exception>
    public (PromptConditioning Prompt, PromptConditioning? Negative) Encode(string prompt, string? negativePrompt, PromptSyntax syntax)
    {
        var positive = Embed(prompt, syntax);
        var isZeros = negativePrompt is "" && ForcesZerosForEmptyPrompt;
        var negative = negativePrompt is null || isZeros ? null : Embed(negativePrompt, syntax);
        var chunks = Math.Max(positive.Chunks, negative?.Chunks ?? 1);
        return (ToTensors(positive, chunks), isZeros ? Zeros(chunks) : negative is null ? null : ToTensors(negative, chunks));
    }

    /// <summary>Forgets the prompts that were kept: the text encoders' weights changed.</summary>
    public void Forget() => embeddings.Clear();

    /// <summary>One vector for the whole prompt: the hidden state at its end token, or the projection of the second encoder's.</summary>
    public float[] Pool(string prompt) => Embed(prompt, PromptSyntax.Plain).Pooled;

    public void Dispose()
    {
        foreach (var tower in towers)
        {
            tower.Model.Dispose();
        }
    }

    private static float[] ToArray(Tensor tensor) => tensor.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();

    private static PromptChunks Chunks(string prompt, PromptSyntax syntax, TextTower tower) =>
        PromptChunks.Of(WeightedPrompt.Parse(prompt, syntax), tower.Tokenizer, syntax == PromptSyntax.Plain ? 1 : PromptChunks.Most);

    private PromptEmbedding Embed(string prompt, PromptSyntax syntax) => embeddings.GetOrAdd((prompt, syntax), Compute);

    // What a prompt lacks of chunks that another one has is filled up with what the encoders make of an empty text.
    private PromptConditioning ToTensors(PromptEmbedding embedding, int chunks)
    {
        var lacking = Enumerable.Range(0, chunks - embedding.Chunks).SelectMany(_ => Embed("", PromptSyntax.Plain).Context);
        float[] context = embedding.Chunks == chunks ? embedding.Context : [.. embedding.Context, .. lacking];
        return new(
            tensor(context, [1, chunks * Length, Width], device: device), tensor(embedding.Pooled, [1, PooledWidth], device: device));
    }

    private PromptConditioning Zeros(int chunks) =>
        new(zeros([1, chunks * Length, Width], device: device), zeros([1, PooledWidth], device: device));

    private PromptEmbedding Compute((string Prompt, PromptSyntax Syntax) text)
    {
        using var scope = NewDisposeScope();
        PromptChunks[] chunks = [.. towers.Select(tower => Chunks(text.Prompt, text.Syntax, tower))];
        var count = chunks.Max(each => each.Chunks.Count);
        TowerInput[] inputs = [.. towers.Zip(chunks, (tower, each) => new TowerInput(tower.Model, each.PaddedTo(count), device))];
        return inputs is [var only] ? ComputeOne(only) : ComputeTwo(inputs[0], inputs[1]);
    }

    private static PromptEmbedding ComputeOne(TowerInput input)
    {
        var hidden = input.Model.LastHiddenState(input.Ids);
        return new PromptEmbedding(input.Count, ToArray(input.Weigh(hidden)), ToArray(input.Model.Pool(input.Ids, hidden)[0]));
    }

    // Both encoders' states before their last layers, side by side, and the second one's projection (Podell et al., "SDXL", 2023); that of
    // the first chunk, as in A1111.
    private static PromptEmbedding ComputeTwo(TowerInput first, TowerInput second)
    {
        var (hidden, _) = first.Model.LastTwoHiddenStates(first.Ids);
        var (wider, last) = second.Model.LastTwoHiddenStates(second.Ids);
        return new PromptEmbedding(
            first.Count, ToArray(cat([first.Weigh(hidden), second.Weigh(wider)], -1)), ToArray(second.Model.Project(second.Ids, last)[0]));
    }

    private sealed record PromptEmbedding(int Chunks, float[] Context, float[] Pooled);

    /// <summary>A prompt's chunks for one text encoder.</summary>
    private sealed class TowerInput(ClipTextModel model, IReadOnlyList<PromptChunk> chunks, Device device)
    {
        public ClipTextModel Model => model;

        public int Count => chunks.Count;

        /// <summary>[chunks, L].</summary>
        public Tensor Ids { get; } = tensor(
            chunks.SelectMany(chunk => chunk.Ids).ToArray(), [chunks.Count, chunks[0].Ids.Length], ScalarType.Int64, device);

        /// <summary>States [chunks, L, width] with the weights of their words, [1, chunks · L, width].</summary>
        public Tensor Weigh(Tensor hidden) =>
            cat([.. chunks.Select((chunk, i) => Emphasis.Apply(hidden.narrow(0, i, 1), chunk.Weights))], 1);
    }
}

/// <summary>A text encoder and its tokenizer.</summary>
internal sealed record TextTower(ClipTokenizer Tokenizer, ClipTextModel Model);
