namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>Files that people name in place of a single file of Stable Diffusion, told by the names of their tensors.</summary>
internal static class OtherKinds
{
    private static readonly (string Mark, string Kind)[] Models =
    [
        ("model.diffusion_model.joint_blocks.", "a single file of Stable Diffusion 3"),
        ("model.diffusion_model.double_blocks.", "a single file of FLUX"),
        ("double_blocks.", "a single file of FLUX"),
        ("model.diffusion_model.input_blocks.1.0.time_stack.", "a single file of a video model"),
        ("edm_mean", "a single file of a model in EDM's terms, such as Playground 2.5"),
        ("edm_vpred.", "a single file of a model in EDM's terms, such as CosXL"),
        ("control_model.", "a ControlNet"),
    ];

    private static readonly (string Mark, string Kind)[] PartsOfModels =
    [
        ("lora_unet_", "a LoRA, which is named beside a model"),
        ("lora_te", "a LoRA, which is named beside a model"),
        ("unet.", "a LoRA, which is named beside a model"),
        ("down_blocks.0.", "a UNet with diffusers' names, which belongs into a folder unet/ with its config.json"),
        ("encoder.conv_in.", "a VAE, which is named beside a model"),
        ("first_stage_model.", "a VAE, which is named beside a model"),
        ("text_model.", "a text encoder, which is named beside a model"),
        ("encoder.layers.", "a text encoder, which is named beside a model"),
        ("transformer.resblocks.", "a text encoder, which is named beside a model"),
    ];

    /// <summary>
    /// Refuses all files but those that hold a UNet of Stable Diffusion 1.x, 2.x or XL's base with latent diffusion's names.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="unetPrefix">What the names of the UNet's tensors begin with.</param>
    /// <exception cref="CheckpointException">It is another.</exception>
    public static void Refuse(SafetensorsFile file, string unetPrefix)
    {
        var part = Has(unetPrefix) ? null : KindOf(PartsOfModels) ?? $"no single file of Stable Diffusion: it holds no tensors '{unetPrefix}…'";
        var kind = KindOf(Models) ?? part;
        if (kind is not null)
        {
            throw new CheckpointException(
                $"{file.Description} is {kind}. What is read as a model is a single file of Stable Diffusion 1.x, 2.x or XL, "
                + "or a folder in diffusers' layout.");
        }

        string? KindOf((string Mark, string Kind)[] kinds) => kinds.FirstOrDefault(candidate => Has(candidate.Mark)).Kind;

        bool Has(string beginning) => file.Tensors.Keys.Any(name => name.StartsWith(beginning, StringComparison.Ordinal));
    }
}
