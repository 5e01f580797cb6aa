namespace DiffusionX.Cli.Pull;

/// <summary>A file of a model in diffusers' layout.</summary>
/// <param name="Path">Below the model's folder, with slashes.</param>
/// <param name="IsRequired">Whether the model can't be loaded without it.</param>
internal sealed record ModelFile(string Path, bool IsRequired = true)
{
    public bool IsWeights => Path.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>What drawing takes, and nothing else: a repository often holds each weight several times.</summary>
    /// <param name="variant">The variant of the weights, such as fp16; null for the plain ones.</param>
    public static IReadOnlyList<ModelFile> All(string? variant) =>
    [
        new("model_index.json"),
        new("scheduler/scheduler_config.json"),
        new("tokenizer/vocab.json"),
        new("tokenizer/merges.txt"),
        new("tokenizer/tokenizer_config.json", IsRequired: false),
        new("tokenizer/special_tokens_map.json", IsRequired: false),
        new("text_encoder/config.json"),
        new("unet/config.json"),
        new("vae/config.json"),
        new($"text_encoder/{Weights("model", variant)}"),
        new($"vae/{Weights("diffusion_pytorch_model", variant)}"),
        new($"unet/{Weights("diffusion_pytorch_model", variant)}"),
    ];

    private static string Weights(string name, string? variant) => variant is null ? $"{name}.safetensors" : $"{name}.{variant}.safetensors";
}
