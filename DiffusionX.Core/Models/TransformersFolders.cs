using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Generation;
using static TorchSharp.torch;

namespace DiffusionX.Models;

/// <summary>Loads single models from folders in transformers' layout: config.json and the weights.</summary>
internal static class TransformersFolders
{
    private const string Weights = "model";

    /// <summary>CLIP's image encoder: in <c>image_encoder/</c>, or the vision half of a whole CLIP in the folder itself.</summary>
    public static ClipVisionModel LoadClipVision(string folder) =>
        Load(Within(folder, "image_encoder"), (json, source) => new ClipVisionModel(ClipVisionConfig.FromJson(json, source)), CheckpointKeys.ClipVision);

    /// <summary>CLIP's text encoder with its projection: in <c>text_encoder/</c>, or the text half of a whole CLIP in the folder itself.</summary>
    /// <exception cref="ModelConfigException">It has no projection, or its config asks for what is not built here.</exception>
    public static ClipTextModel LoadClipText(string folder) =>
        Load(Within(folder, "text_encoder"), (json, source) => new ClipTextModel(WithProjection(ClipTextConfig.FromJson(json, source), source)), CheckpointKeys.ClipText);

    /// <summary>BERT.</summary>
    public static BertModel LoadBert(string folder) => Load(folder, (json, source) => new BertModel(BertConfig.FromJson(json, source)), CheckpointKeys.Bert);

    /// <summary>A folder's part of that name, or the folder itself where it holds a whole model.</summary>
    public static string Within(string folder, string part) => File.Exists(Path.Combine(folder, "config.json")) ? folder : Path.Combine(folder, part);

    private static ClipTextConfig WithProjection(ClipTextConfig config, string source) => config.ProjectionDim is not null
        ? config
        : throw new ModelConfigException($"{source} is of a text encoder without a projection into the space of pictures; a CLIP score takes a whole CLIP.");

    private static T Load<T>(string folder, Func<JsonElement, string, T> build, CheckpointKeys keys)
        where T : nn.Module
    {
        var (json, source) = ModelFolder.ReadConfig(folder);
        var model = build(json, source);
        try
        {
            using var weights = CheckpointFiles.Open(folder, Weights);
            WeightLoader.Load(model, weights, keys);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
