using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// The keys and values that the attention layers of a UNet make of one batch of prompt embeddings. They depend on the prompt alone, so they are
/// computed once per prompt and not once per step.
/// </summary>
internal sealed class TextContext : IDisposable
{
    private readonly Dictionary<CrossAttention, KeyValue> keyValues;

    /// <param name="layers">The attention layers that read the text.</param>
    /// <param name="embeddings">The text encoder's last hidden state, [B, L, width].</param>
    internal TextContext(IEnumerable<CrossAttention> layers, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        keyValues = layers.ToDictionary(layer => layer, layer => layer.Project(embeddings));
        foreach (var keyValue in keyValues.Values)
        {
            keyValue.DetachFromDisposeScope();
        }
    }

    private TextContext(Dictionary<CrossAttention, KeyValue> keyValues)
    {
        this.keyValues = keyValues;
    }

    internal KeyValue this[CrossAttention layer] => keyValues[layer];

    /// <summary>The context of the last samples of the batch: a view, to be disposed by the caller.</summary>
    internal TextContext Last(long samples) => View(keyValue => keyValue.Narrow(keyValue.Samples - samples, samples));

    /// <summary>The context of the samples in the middle of the batch, which with guidance are as many of the negative prompt's as of the prompt's: a view too.</summary>
    internal TextContext Middle(long samples) => View(keyValue => keyValue.Narrow((keyValue.Samples - samples) / 2, samples));

    private TextContext View(Func<KeyValue, KeyValue> narrow) => new(keyValues.ToDictionary(pair => pair.Key, pair => narrow(pair.Value)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var keyValue in keyValues.Values)
        {
            keyValue.Dispose();
        }
    }
}
