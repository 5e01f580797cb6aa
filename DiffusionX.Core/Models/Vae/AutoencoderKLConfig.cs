using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Models.Vae;

/// <summary>The shape of an <see cref="AutoencoderKL"/>.</summary>
internal sealed record AutoencoderKLConfig
{
    /// <summary>Stable Diffusion's latent scale, which older config files leave out.</summary>
    public const double DefaultScalingFactor = 0.18215;

    /// <summary>Picture channels.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Picture channels of the reconstruction.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Latent channels.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels of each level, from the picture's resolution to the latent's.</summary>
    public required IReadOnlyList<int> BlockOutChannels { get; init; }

    /// <summary>Residual blocks of a level of the encoder; one more in the decoder.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>Groups of the group normalisations.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>What the posterior's sample is multiplied by, so that latents have about unit variance.</summary>
    public double ScalingFactor { get; init; } = DefaultScalingFactor;

    /// <summary>How many pixels a latent position is wide: 2 to the number of halvings, 8 for Stable Diffusion.</summary>
    public int PixelsPerLatent => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads diffusers' config.json.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static AutoencoderKLConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var channels = settings.Integers("block_out_channels", [64]);
        var encoderBlocks = settings.Names("down_block_types", ["DownEncoderBlock2D"], ["DownEncoderBlock2D"]);
        var decoderBlocks = settings.Names("up_block_types", ["UpDecoderBlock2D"], ["UpDecoderBlock2D"]);
        if (encoderBlocks.Count != channels.Count || decoderBlocks.Count != channels.Count)
        {
            throw settings.Wrong(
                "block_out_channels", $"has {channels.Count} levels, down_block_types {encoderBlocks.Count} and up_block_types {decoderBlocks.Count}");
        }

        var config = new AutoencoderKLConfig
        {
            InChannels = settings.Integer("in_channels", 3),
            OutChannels = settings.Integer("out_channels", 3),
            LatentChannels = settings.Integer("latent_channels", 4),
            BlockOutChannels = channels,
            LayersPerBlock = settings.Integer("layers_per_block", 1),
            NormGroups = settings.Integer("norm_num_groups", 32),
            ScalingFactor = settings.Number("scaling_factor", DefaultScalingFactor),
        };
        settings.Expect("act_fn", "silu");
        settings.Expect("use_quant_conv", true);
        settings.Expect("use_post_quant_conv", true);
        settings.Expect("mid_block_add_attention", true);
        settings.Ignore("sample_size", "force_upcast");
        settings.RefuseOthers();
        return config;
    }
}
