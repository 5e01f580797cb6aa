using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Runtime;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>From prompts to what a UNet attends to. The latest prompts' embeddings are kept, as arrays, so that a user who comes back to a prompt does not wait.</summary>
internal sealed class PromptEncoder : IDisposable
{
    private readonly ClipTokenizer tokenizer;
    private readonly ClipTextModel model;
    private readonly Device device;
    private readonly LruCache<string, PromptEmbedding> embeddings;

    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="model">The text encoder, owned from now on.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="capacity">How many prompts to keep.</param>
    public PromptEncoder(ClipTokenizer tokenizer, ClipTextModel model, Device device, int capacity)
    {
        this.tokenizer = tokenizer;
        this.model = model;
        this.device = device;
        embeddings = new LruCache<string, PromptEmbedding>(capacity);
    }

    /// <summary>How many tokens of a prompt do not fit.</summary>
    public int TokensCut(string prompt) => Math.Max(0, tokenizer.CountTokens(prompt) - tokenizer.MaxLength);

    /// <summary>What identifies the text encoder's weights.</summary>
    public string Fingerprint() => WeightFingerprint.Of(model);

    /// <summary>The text encoder's last hidden state.</summary>
    /// <returns>[1, L, width] in float32 on the device.</returns>
    public Tensor Encode(string prompt)
    {
        var values = embeddings.GetOrAdd(prompt, Compute).HiddenState;
        return tensor(values, [1, tokenizer.MaxLength, model.Config.HiddenSize], device: device);
    }

    /// <summary>The hidden state at the prompt's end token: one vector for the whole prompt.</summary>
    public float[] Pool(string prompt) => embeddings.GetOrAdd(prompt, Compute).Pooled;

    public void Dispose() => model.Dispose();

    private static float[] ToArray(Tensor tensor) => tensor.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();

    private PromptEmbedding Compute(string prompt)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(tokenizer.EncodePadded(prompt), ScalarType.Int64, device).unsqueeze(0);
        var hidden = model.LastHiddenState(ids);
        return new PromptEmbedding(ToArray(hidden), ToArray(model.Pool(ids, hidden)));
    }

    private sealed record PromptEmbedding(float[] HiddenState, float[] Pooled);
}
