using System.Collections.ObjectModel;

namespace DiffusionX.Checkpoints;

/// <summary>How the names of a checkpoint are read: what is passed over, and what went by another name once.</summary>
internal sealed class CheckpointKeys
{
    private readonly string[] ignored;
    private readonly ReadOnlyDictionary<string, string> renames;
    private readonly ReadOnlyDictionary<string, string> beginnings;

    private CheckpointKeys(string[]? ignored = null, Dictionary<string, string>? renames = null, Dictionary<string, string>? beginnings = null)
    {
        this.ignored = ignored ?? [];
        this.renames = (renames ?? []).AsReadOnly();
        this.beginnings = (beginnings ?? []).AsReadOnly();
    }

    /// <summary>Names as they are.</summary>
    public static CheckpointKeys Exact { get; } = new();

    /// <summary>
    /// A VAE's names; before diffusers 0.15 its attention had others, and its matrices may be kernels of 1×1 convolutions.
    /// </summary>
    public static CheckpointKeys Autoencoder { get; } = new(renames: new Dictionary<string, string>
    {
        [".query."] = ".to_q.",
        [".key."] = ".to_k.",
        [".value."] = ".to_v.",
        [".proj_attn."] = ".to_out.0.",
    });

    /// <summary>
    /// The names of CLIP's text half, be it alone or in a whole CLIP, with or without the prefix that transformers 4 writes.
    /// </summary>
    public static CheckpointKeys ClipText { get; } = OfClipText("text_model.embeddings.position_ids", "embeddings.position_ids");

    /// <summary>The names of a text encoder that is not projected, whatever else the file holds.</summary>
    public static CheckpointKeys ClipTextWithoutProjection { get; } = OfClipText([.. ClipText.ignored, "text_projection."]);

    /// <summary>The names of CLIP's vision half, be it alone or in a whole CLIP.</summary>
    public static CheckpointKeys ClipVision { get; } = new(["text_model.", "text_projection.", "logit_scale", "vision_model.embeddings.position_ids"]);

    /// <summary>BERT's names, with or without the heads that it was trained with.</summary>
    public static CheckpointKeys Bert { get; } = new(
        ["cls.", "embeddings.position_ids", "bert.embeddings.position_ids"],
        new Dictionary<string, string> { [".LayerNorm.gamma"] = ".LayerNorm.weight", [".LayerNorm.beta"] = ".LayerNorm.bias" },
        new Dictionary<string, string> { ["bert."] = "" });

    /// <summary>The names of the FID's Inception-v3, without the classifiers that its features do not need.</summary>
    public static CheckpointKeys Inception { get; } = new(["fc.", "AuxLogits."]);

    /// <summary>Whether a buffer only counts batches, which older files leave out and inference never reads.</summary>
    internal static bool IsCounter(string name) => name.EndsWith("num_batches_tracked", StringComparison.Ordinal);

    /// <summary>Whether a tensor is passed over.</summary>
    internal bool Ignores(string name) => IsCounter(name) || ignored.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    /// <summary>The name of a tensor in the module's state dict.</summary>
    internal string Rename(string name)
    {
        var current = beginnings.FirstOrDefault(beginning => name.StartsWith(beginning.Key, StringComparison.Ordinal)) is { Key: { } old, Value: var changed }
            ? changed + name[old.Length..]
            : name;
        return renames.Aggregate(current, (renamed, rename) => renamed.Replace(rename.Key, rename.Value, StringComparison.Ordinal));
    }

    /// <summary>
    /// Whether a tensor of the file can fill one of the module: of the same shape or, where names were changed, but for trailing ones.
    /// </summary>
    internal bool Fits(IReadOnlyList<long> stored, IReadOnlyList<long> wanted) =>
        stored.SequenceEqual(wanted)
        || (renames.Count > 0 && stored.Count > wanted.Count && stored.Take(wanted.Count).SequenceEqual(wanted) && stored.Skip(wanted.Count).All(size => size == 1));

    private static CheckpointKeys OfClipText(params string[] ignored) => new(
        ["vision_model.", "visual_projection.", "logit_scale", .. ignored],
        beginnings: new Dictionary<string, string>
        {
            ["embeddings."] = "text_model.embeddings.",
            ["encoder."] = "text_model.encoder.",
            ["final_layer_norm."] = "text_model.final_layer_norm.",
        });
}
