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
    private readonly int capacity;
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
        this.capacity = capacity;
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

    /// <summary>
    /// Reads the prompts that several runs are about to need, in one call of each text encoder. Those that are kept are not read again.
    /// </summary>
    /// <param name="texts">The prompts; the first ones alone where they are more than are kept.</param>
    /// <exception cref="PromptException">A prompt can't be read; then none was.</exception>
    public void Prefetch(IEnumerable<(string Prompt, PromptSyntax Syntax)> texts)
    {
        (string Prompt, PromptSyntax Syntax)[] missing = [.. texts.Distinct()
            .Where(text => !embeddings.Contains(text) && !(text.Prompt.Length == 0 && ForcesZerosForEmptyPrompt)).Take(capacity)];
        if (missing.Length > 1)
        {
            foreach (var (text, embedding) in missing.Zip(Compute(missing)))
            {
                embeddings.GetOrAdd(text, _ => embedding);
            }
        }
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

    private PromptEmbedding Embed(string prompt, PromptSyntax syntax) => embeddings.GetOrAdd((prompt, syntax), text => Compute([text])[0]);

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

    private PromptEmbedding[] Compute((string Prompt, PromptSyntax Syntax)[] texts)
    {
        using var scope = NewDisposeScope();
        PromptChunks[][] chunks = [.. texts.Select(text => towers.Select(tower => Chunks(text.Prompt, text.Syntax, tower)).ToArray())];
        int[] counts = [.. chunks.Select(each => each.Max(ofTower => ofTower.Chunks.Count))];
        TowerInput[] inputs = [.. towers.Select((tower, i) =>
            new TowerInput(tower.Model, [.. chunks.Zip(counts, (each, count) => each[i].PaddedTo(count))], device))];
        return inputs is [var only] ? ComputeOne(only) : ComputeTwo(inputs[0], inputs[1]);
    }

    private static PromptEmbedding[] ComputeOne(TowerInput input)
    {
        var hidden = input.Model.LastHiddenState(input.Ids);
        var pooled = input.Model.Pool(input.Ids, hidden);
        return input.OfEachText((first, text) => new PromptEmbedding(text.Count, ToArray(input.Weigh(hidden, first, text)), ToArray(pooled[first])));
    }

    // Both encoders' states before their last layers, side by side, and the second one's projection (Podell et al., "SDXL", 2023); that of
    // the first chunk, as in A1111.
    private static PromptEmbedding[] ComputeTwo(TowerInput narrow, TowerInput wide)
    {
        var (hidden, _) = narrow.Model.LastTwoHiddenStates(narrow.Ids);
        var (wider, last) = wide.Model.LastTwoHiddenStates(wide.Ids);
        var projected = wide.Model.Project(wide.Ids, last);
        var ofNarrow = narrow.OfEachText((first, text) => narrow.Weigh(hidden, first, text));
        var ofWide = wide.OfEachText((first, text) => (Count: text.Count, States: wide.Weigh(wider, first, text), Pooled: projected[first]));
        return [.. ofNarrow.Zip(ofWide, (states, other) =>
            new PromptEmbedding(other.Count, ToArray(cat([states, other.States], -1)), ToArray(other.Pooled)))];
    }

    private sealed record PromptEmbedding(int Chunks, float[] Context, float[] Pooled);

    /// <summary>The chunks of one prompt or several, for one text encoder.</summary>
    private sealed class TowerInput(ClipTextModel model, IReadOnlyList<IReadOnlyList<PromptChunk>> texts, Device device)
    {
        public ClipTextModel Model => model;

        /// <summary>[chunks of all, L].</summary>
        public Tensor Ids { get; } = tensor(
            texts.SelectMany(text => text).SelectMany(chunk => chunk.Ids).ToArray(), [texts.Sum(text => text.Count), texts[0][0].Ids.Length], ScalarType.Int64, device);

        /// <summary>What is made of each text, from the place of its first chunk and its chunks.</summary>
        public T[] OfEachText<T>(Func<int, IReadOnlyList<PromptChunk>, T> make)
        {
            var first = 0;
            var made = new List<T>();
            foreach (var text in texts)
            {
                made.Add(make(first, text));
                first += text.Count;
            }

            return [.. made];
        }

        /// <summary>A text's states, of those of all [chunks, L, width], with the weights of their words, [1, chunks · L, width].</summary>
        public Tensor Weigh(Tensor hidden, int first, IReadOnlyList<PromptChunk> text) =>
            cat([.. text.Select((chunk, i) => Emphasis.Apply(hidden.narrow(0, first + i, 1), chunk.Weights))], 1);
    }
}

/// <summary>A text encoder and its tokenizer.</summary>
internal sealed record TextTower(ClipTokenizer Tokenizer, ClipTextModel Model);
