using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Sessions;

/// <summary>Options are checked once, before anything is done with them, and each error names its setting.</summary>
internal static class OptionChecks
{
    public static void Check(EdgeSessionOptions options)
    {
        NotNull(options.NegativePrompt, nameof(options.NegativePrompt));
        NotNull(options.Strength, nameof(options.Strength));
        NotNull(options.Refinement, nameof(options.Refinement));
        NotNull(options.TimeProvider, nameof(options.TimeProvider));
        NotNull(options.Logs, nameof(options.Logs));
        NotNull(options.ClientName, nameof(options.ClientName));
        Within(options.Steps, 1, 1000, nameof(options.Steps));
        Within(options.GuidanceScale, 0, 1000, nameof(options.GuidanceScale));
        Within(options.PreviewEvery, 0, int.MaxValue, nameof(options.PreviewEvery));
        Within(options.Width ?? 1, 1, GenerationRequest.MaxSide, nameof(options.Width));
        Within(options.Height ?? 1, 1, GenerationRequest.MaxSide, nameof(options.Height));
        Check(options.Refinement);
    }

    public static void Check(CloudRefinerOptions options)
    {
        NotNull(options.Name, nameof(options.Name));
        NotNull(options.Strength, nameof(options.Strength));
        NotNull(options.TimeProvider, nameof(options.TimeProvider));
        NotNull(options.Logs, nameof(options.Logs));
        Within(options.MaxConnections, 1, int.MaxValue, nameof(options.MaxConnections));
        Within(options.QueueCapacity, 1, int.MaxValue, nameof(options.QueueCapacity));
        Within(options.MaxRequestsPerSession, 1, int.MaxValue, nameof(options.MaxRequestsPerSession));
        Within(options.MaxPixels, 64, GenerationRequest.MaxSide * GenerationRequest.MaxSide, nameof(options.MaxPixels));
        Within(options.MaxSteps, 1, 1000, nameof(options.MaxSteps));
        Within(options.MaxPromptLength, 1, int.MaxValue, nameof(options.MaxPromptLength));
        Within(options.MaxKeptResults, 0, int.MaxValue, nameof(options.MaxKeptResults));
        Within(options.MaxKeptBytes, 0, long.MaxValue, nameof(options.MaxKeptBytes));
        Within(options.DeepCache?.Interval ?? 1, 1, int.MaxValue, $"{nameof(options.DeepCache)}.{nameof(DeepCacheOptions.Interval)}");
        Within(options.DeepCache?.ShallowLevels ?? 1, 1, int.MaxValue, $"{nameof(options.DeepCache)}.{nameof(DeepCacheOptions.ShallowLevels)}");
        Within(options.GuidanceInterval?.LowestSigma ?? 0, 0, double.MaxValue, $"{nameof(options.GuidanceInterval)}.{nameof(GuidanceInterval.LowestSigma)}");
        Positive(options.MaxDeadline, nameof(options.MaxDeadline));
        Positive(options.HandshakeTimeout, nameof(options.HandshakeTimeout));
        Positive(options.IdleTimeout, nameof(options.IdleTimeout));
        NotNegative(options.ResumeGrace, nameof(options.ResumeGrace));
        NotNegative(options.KeepResults, nameof(options.KeepResults));
    }

    private static void Check(RefinementOptions options)
    {
        NotNull(options.EdgeStrength, nameof(options.EdgeStrength));
        Within(options.DraftQuality, 0, 100, nameof(options.DraftQuality));
        Within(options.Steps, 1, 1000, nameof(options.Steps));
        Within(options.Strength ?? 0, 0, 1, nameof(options.Strength));
        Within(options.GuidanceScale, 0, 1000, nameof(options.GuidanceScale));
        Within(options.PreviewEvery, 0, int.MaxValue, nameof(options.PreviewEvery));
        Within(options.Relay?.EdgeShare ?? 0.5, 0.01, 0.99, $"{nameof(options.Relay)}.{nameof(LatentRelay.EdgeShare)}");
        Positive(options.Deadline, nameof(options.Deadline));
        Positive(options.IdleTimeout, nameof(options.IdleTimeout));
        NotNegative(options.FirstPause, nameof(options.FirstPause));
        Positive(options.LongestPause, nameof(options.LongestPause));
    }

    private static void NotNull(object? value, string name)
    {
        if (value is null)
        {
            throw new SessionException($"The option {name} is null. Leave it out for its default.");
        }
    }

    // Written so that NaN is outside of every range.
    private static void Within(double value, double smallest, double largest, string name)
    {
        if (!(value >= smallest && value <= largest))
        {
            throw new SessionException(FormattableString.Invariant($"The option {name} is {value}; it has to be from {smallest} to {largest}."));
        }
    }

    // A day is more than any sane wait, and well within what timers take.
    private static void Positive(TimeSpan value, string name) => Within(value.TotalSeconds, double.Epsilon, TimeSpan.FromDays(1).TotalSeconds, $"{name} (in seconds)");

    private static void NotNegative(TimeSpan value, string name) => Within(value.TotalSeconds, 0, TimeSpan.FromDays(1).TotalSeconds, $"{name} (in seconds)");
}
