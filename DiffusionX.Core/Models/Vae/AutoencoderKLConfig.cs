using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Models.Vae;

/// <summary>The shape of an <see cref="AutoencoderKL"/>.</summary>
internal sealed record AutoencoderKLConfig
{
    /// <summary>Stable Diffusion's latent scale, which older config files leave out.</summary>
    public const double DefaultScalingFactor = 0.18215;

    private const int MostLevels = 8;
    private const int MostLayers = 32;
    private const int MostChannels = 256;
    private const int WidestLevel = 1 << 14;

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

    /// <summary>
    /// Whether half precision overflows in it, so that it has to compute in float32 or bfloat16; true where the config does not say, as in
    /// diffusers.
    /// </summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>How many pixels a latent position is wide: 2 to the number of halvings, 8 for Stable Diffusion.</summary>
    public int PixelsPerLatent => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads diffusers' config.json.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static AutoencoderKLConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var channels = settings.Integers("block_out_channels", [64], WidestLevel);
        var encoderBlocks = settings.Names("down_block_types", ["DownEncoderBlock2D"], ["DownEncoderBlock2D"]);
        var decoderBlocks = settings.Names("up_block_types", ["UpDecoderBlock2D"], ["UpDecoderBlock2D"]);
        if (encoderBlocks.Count != channels.Count || decoderBlocks.Count != channels.Count || channels.Count > MostLevels)
        {
            throw settings.Wrong(
                "block_out_channels",
                $"has {channels.Count} levels, down_block_types {encoderBlocks.Count} and up_block_types {decoderBlocks.Count}; they "
                + $"have to be as many, at most {MostLevels}");
        }

        var config = new AutoencoderKLConfig
        {
            InChannels = settings.Integer("in_channels", 3, 1, MostChannels),
            OutChannels = settings.Integer("out_channels", 3, 1, MostChannels),
            LatentChannels = settings.Integer("latent_channels", 4, 1, MostChannels),
            BlockOutChannels = channels,
            LayersPerBlock = settings.Integer("layers_per_block", 1, 1, MostLayers),
            NormGroups = settings.Integer("norm_num_groups", 32, 1, WidestLevel),
            ForceUpcast = settings.Flag("force_upcast", true),
            ScalingFactor = settings.Number("scaling_factor", DefaultScalingFactor),
        };
        if (channels.FirstOrDefault(width => width % config.NormGroups != 0) is > 0 and var undivided)
        {
            throw settings.Wrong("norm_num_groups", $"is {config.NormGroups}, and has to divide the {undivided} channels of a level");
        }

        if (!(config.ScalingFactor is > 0 and < double.PositiveInfinity))
        {
            throw settings.Wrong("scaling_factor", $"is {config.ScalingFactor}, and has to be above 0");
        }

        settings.Expect("act_fn", "silu");
        settings.Expect("use_quant_conv", true);
        settings.Expect("use_post_quant_conv", true);
        settings.Expect("mid_block_add_attention", true);
        settings.Ignore("sample_size");
        settings.RefuseOthers();
        return config;
    }
}
