using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// What a UNet makes of one batch of prompts, whatever the step: the keys and values of its attention layers, and what is added to its time
/// embedding. It is computed once per prompt and not once per step.
/// </summary>
internal sealed class TextContext : IDisposable
{
    private readonly Dictionary<CrossAttention, KeyValue> keyValues;

    /// <param name="layers">The attention layers that read the text.</param>
    /// <param name="embeddings">The text encoders' hidden states, [B, L, width].</param>
    internal TextContext(IEnumerable<CrossAttention> layers, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        keyValues = layers.ToDictionary(layer => layer, layer => layer.Project(embeddings).Detached());
    }

    private TextContext(Dictionary<CrossAttention, KeyValue> keyValues)
    {
        this.keyValues = keyValues;
    }

    /// <summary>What is added to the sinusoids of the timestep, [B, sinusoids]; null for nothing. The context owns it.</summary>
    internal Tensor? SinusoidAddition { get; init; }

    /// <summary>What is added to the time embedding, [B, width]; null for nothing. The context owns it.</summary>
    internal Tensor? TimeAddition { get; init; }

    /// <summary>How many tokens of text a sample attends to; 0 for a UNet that reads none.</summary>
    internal long Length => keyValues.Values.FirstOrDefault()?.Length ?? 0;

    internal KeyValue this[CrossAttention layer] => keyValues[layer];

    /// <summary>The context of several batches of samples, one after another, of texts of one length: a copy.</summary>
    internal static TextContext Join(IReadOnlyList<TextContext> parts)
    {
        Tensor? JoinAdditions(Func<TextContext, Tensor?> addition) =>
            addition(parts[0]) is null ? null : cat([.. parts.Select(part => addition(part)!)], 0).DetachFromDisposeScope();

        return new TextContext(parts[0].keyValues.Keys.ToDictionary(layer => layer, layer => KeyValue.Join([.. parts.Select(part => part[layer])])))
        {
            SinusoidAddition = JoinAdditions(part => part.SinusoidAddition),
            TimeAddition = JoinAdditions(part => part.TimeAddition),
        };
    }

    /// <summary>The context of the last samples of the batch: a view, to be disposed by the caller.</summary>
    internal TextContext Last(long samples) => View(all => all - samples, samples);

    /// <summary>
    /// The context of the samples in the middle of the batch, which with guidance are as many of the negative prompt's as of the prompt's:
    /// a view too.
    /// </summary>
    internal TextContext Middle(long samples) => View(all => (all - samples) / 2, samples);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var keyValue in keyValues.Values)
        {
            keyValue.Dispose();
        }

        SinusoidAddition?.Dispose();
        TimeAddition?.Dispose();
    }

    // The context of some samples, of which the first is told by how many there are.
    private TextContext View(Func<long, long> first, long samples)
    {
        Tensor? Narrow(Tensor? addition) => addition?.narrow(0, first(addition.size(0)), samples).DetachFromDisposeScope();

        return new TextContext(keyValues.ToDictionary(pair => pair.Key, pair => pair.Value.Narrow(first(pair.Value.Samples), samples)))
        {
            SinusoidAddition = Narrow(SinusoidAddition),
            TimeAddition = Narrow(TimeAddition),
        };
    }
}
