using System.Text.RegularExpressions;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// What single files hold beside a model's weights, and no inference needs: averages of the weights, noise schedules, what the VAE was
/// trained with.
/// </summary>
internal static partial class KnownExtras
{
    /// <summary>
    /// The tensors, empty ones, by which a file of SDXL says that it predicts velocities, and that its schedule ends in pure noise.
    /// </summary>
    public const string PredictsVelocity = "v_pred";

    /// <inheritdoc cref="PredictsVelocity"/>
    public const string ZeroTerminalSnr = "ztsnr";

    /// <summary>Whether a tensor is one of these.</summary>
    public static bool Contains(string name) => Extra().IsMatch(name);

    [GeneratedRegex(
        @"^((first_stage_model\.)?(model_ema|loss)\.|denoiser\.|embedding_manager\."
        + @"|(cond_stage_model|conditioner\.embedders\.\d)\.(transformer|model)\."
        + @"(vision_model|visual_projection|visual|text_projection)(\.|$)"
        + @"|vision_model\.|visual_projection\.|text_projection(\.|$)"
        + @"|(alphas_cumprod(_prev)?|betas|log_one_minus_alphas_cumprod|lvlb_weights|logvar|scale_factor"
        + @"|posterior_(log_variance_clipped|mean_coef[12]|variance)"
        + @"|sqrt_(alphas|one_minus_alphas|recip_alphas|recipm1_alphas)_cumprod|global_step|v_pred|ztsnr)$"
        + @"|(.+\.)?(position_ids|logit_scale|attn_mask)$)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Extra();
}
