using System.Text.Json;

namespace DiffusionX.Checkpoints;

/// <summary>A part of a model: what its config says and where its weights are.</summary>
/// <param name="Config">The config, as diffusers and transformers write it.</param>
/// <param name="Source">Where the config comes from, for messages.</param>
/// <param name="OpenWeights">Opens the weights, with the names of diffusers and transformers; the caller disposes them.</param>
internal sealed record ModelComponent(JsonElement Config, string Source, Func<IWeightSource> OpenWeights);
