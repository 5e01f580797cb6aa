using System.Diagnostics.CodeAnalysis;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>What a tensor of a LoRA file is to its layer.</summary>
internal enum LoraRole
{
    /// <summary>The matrix that is applied first, [rank, in, …].</summary>
    Down,

    /// <summary>The matrix that is applied second, [out, rank, …].</summary>
    Up,

    /// <summary>The number that, divided by the rank, scales both.</summary>
    Alpha,
}

/// <summary>A layer that a LoRA changes, as its file calls it.</summary>
/// <param name="Part">The part of the model that the name says, such as <c>unet</c>; null where it says none.</param>
/// <param name="Path">The layer within that part.</param>
internal sealed record LoraLayerName(string? Part, string Path);

/// <summary>
/// The names of tensors in LoRA files: those of kohya's scripts, of PEFT, of several releases of diffusers, and ComfyUI's.
/// </summary>
internal static class LoraNames
{
    /// <summary>What PEFT puts before the names of layers.</summary>
    public const string PeftPrefix = "base_model.model.";

    private static readonly (string Prefix, string Part)[] Prefixes =
    [
        ("lora_unet_", ModelComponent.UNet),
        ("lora_te_", ModelComponent.TextEncoder),
        ("lora_te1_", ModelComponent.TextEncoder),
        ("lora_te2_", ModelComponent.TextEncoder2),
        ("unet.", ModelComponent.UNet),
        ("text_encoder.", ModelComponent.TextEncoder),
        ("text_encoder_2.", ModelComponent.TextEncoder2),
        ("diffusion_model.", ModelComponent.UNet),
    ];

    private static readonly (string Ending, LoraRole Role)[] Endings =
    [
        (".lora_down.weight", LoraRole.Down),
        (".lora_up.weight", LoraRole.Up),
        (".alpha", LoraRole.Alpha),
        (".lora_A.weight", LoraRole.Down),
        (".lora_B.weight", LoraRole.Up),
        (".lora_A.default.weight", LoraRole.Down),
        (".lora_B.default.weight", LoraRole.Up),
        (".lora.down.weight", LoraRole.Down),
        (".lora.up.weight", LoraRole.Up),
        (".lora_linear_layer.down.weight", LoraRole.Down),
        (".lora_linear_layer.up.weight", LoraRole.Up),
        ("_lora.down.weight", LoraRole.Down),
        ("_lora.up.weight", LoraRole.Up),
    ];

    // Other ways to adapt a layer, by what only their names have
    private static readonly (string Mark, string Method)[] OtherMethods =
    [
        (".dora_scale", "a DoRA"),
        (".lora_magnitude_vector", "a DoRA"),
        (".hada_", "a LoHa"),
        (".lokr_", "a LoKr"),
        (".lora_mid.", "a LoCon with Tucker decomposition"),
        (".oft_", "an OFT"),
        (".on_input", "an (IA)³"),
        (".diff.", "a file of whole differences"),
        (".diff_b.", "a file of whole differences"),
        (".lora_embedding_", "a LoRA of embeddings"),
        (".lora_B.bias", "a LoRA with biases"),
        (".lora_up.bias", "a LoRA with biases"),
    ];

    /// <summary>Takes a tensor's name apart.</summary>
    /// <returns>Whether it is one of a LoRA.</returns>
    public static bool TryParse(string name, [NotNullWhen(true)] out LoraLayerName? layer, out LoraRole role)
    {
        (var ending, role) = Endings.FirstOrDefault(candidate => name.EndsWith(candidate.Ending, StringComparison.Ordinal));
        layer = ending is null ? null : ParseLayer(name[..^ending.Length]);
        return layer is not null;
    }

    /// <summary>The name of the method where a tensor belongs to one that is not supported.</summary>
    public static string? OtherMethod(string name) =>
        OtherMethods.FirstOrDefault(candidate => $"{name}.".Contains(candidate.Mark, StringComparison.Ordinal)).Method;

    private static LoraLayerName ParseLayer(string name)
    {
        var (prefix, part) = Prefixes.FirstOrDefault(candidate => name.StartsWith(candidate.Prefix, StringComparison.Ordinal));
        var path = name[(prefix?.Length ?? 0)..];
        path = path.StartsWith(PeftPrefix, StringComparison.Ordinal) ? path[PeftPrefix.Length..] : path;
        return new LoraLayerName(part, OfProcessor(path));
    }

    // attn1.processor.to_out, as diffusers wrote it before it had LoRA layers, is attn1.to_out.0.
    private static string OfProcessor(string layer)
    {
        const string processor = ".processor.";
        var plain = layer.Replace(processor, ".", StringComparison.Ordinal);
        return plain != layer && plain.EndsWith(".to_out", StringComparison.Ordinal) ? plain + ".0" : plain;
    }
}
