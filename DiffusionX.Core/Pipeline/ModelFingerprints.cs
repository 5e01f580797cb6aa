using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DiffusionX.Schedulers;

namespace DiffusionX.Pipeline;

/// <summary>What two models have to share to understand each other: 64 hexadecimal digits for each part.</summary>
/// <param name="Vae">The VAE, with the scale of its latents: equal ones can exchange latents.</param>
/// <param name="TextEncoder">The text encoder, or both of them: equal ones embed a prompt alike.</param>
/// <param name="NoiseSchedule">The noise that the UNet was trained with and what it predicts: equal ones mean the same by a
/// timestep.</param>
public sealed record ModelFingerprints(string Vae, string TextEncoder, string NoiseSchedule)
{
    internal static string Of(SchedulerConfig schedule)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{schedule.TrainTimesteps} {schedule.BetaStart:R} {schedule.BetaEnd:R} {schedule.BetaSchedule} {schedule.PredictionType}");
        text += schedule.ZeroTerminalSnr ? " zero terminal SNR" : "";
        text += schedule.TrainedBetas is { } betas ? string.Concat(betas.Select(beta => string.Create(CultureInfo.InvariantCulture, $" {beta:R}"))) : "";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
