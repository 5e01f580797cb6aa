using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionX.Sessions.Cloud;

/// <summary>Whom a <see cref="CloudRefiner"/> lets in, how much it takes on, and how it refines. Checked when it is started.</summary>
public sealed record CloudRefinerOptions
{
    /// <summary>The strength of every draft where nothing has learned it.</summary>
    public const double DefaultStrength = 0.80;

    /// <summary>What clients' reports call this cloud.</summary>
    public string Name { get; init; } = "cloud";

    /// <summary>What a client has to know to be let in; null lets everyone in who reaches the address. Compared in constant time.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// How much noise to put on a draft whose client leaves that to the cloud; a <see cref="CloudStrengthPredictor"/> has learned it.
    /// </summary>
    public IStrengthPredictor Strength { get; init; } = new FixedStrength(DefaultStrength);

    /// <summary>The solver; null takes DPM-Solver++ 2M, or LCM or TCD for a model that was distilled for it.</summary>
    public SchedulerKind? Scheduler { get; init; }

    /// <summary>
    /// Which steps are left out, of those that the strength leaves; see <see cref="GenerationRequest.SkipSteps"/>. Null takes no more than
    /// <see cref="MaxStepFraction.OfRefinement"/> of the schedule's, leaving out most at first, where the solver can do without some and
    /// the edge has not taken the first steps: a draft that misses the prompt is better put right with much noise and few steps than with
    /// as many steps from little noise (docs/RESULTS.md).
    /// </summary>
    public SkipStepSchedule? SkipSteps { get; init; }

    /// <summary>
    /// The .safetensors files of the LoRAs that requests may name. They have to fit the model, and to stay as they are while the refiner
    /// runs. A request that names some is refined with those and no others; one that names none, with the model as it is.
    /// </summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>How often the deep part of the UNet is reused; null for never. See <see cref="GenerationRequest.DeepCache"/>.</summary>
    public DeepCacheOptions? DeepCache { get; init; }

    /// <summary>The noise levels at which there is guidance; null for all. See <see cref="GenerationRequest.GuidanceInterval"/>.</summary>
    public GuidanceInterval? GuidanceInterval { get; init; }

    /// <summary>
    /// Clients at once. A further one gets the place of the one that has asked for nothing for longest, or is told to come back where all
    /// are busy.
    /// </summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>
    /// Requests that wait, over all sessions; one that costs more than those before it, by its pixels and steps, counts as so many, and as
    /// half of all at most. A further one gets the place of a client that takes more room there, or is refused at once, with the time after
    /// which to try again.
    /// </summary>
    public int QueueCapacity { get; init; } = 32;

    /// <summary>Requests of one session that wait or run at the same time.</summary>
    public int MaxRequestsPerSession { get; init; } = 4;

    /// <summary>Pixels of the largest picture.</summary>
    public int MaxPixels { get; init; } = ServerLimits.DefaultMaxPixels;

    /// <summary>Steps of the longest schedule.</summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>Characters of the longest prompt, and of the longest negative prompt.</summary>
    public int MaxPromptLength { get; init; } = ServerLimits.DefaultMaxPromptLength;

    /// <summary>The longest that a request may wait and run; a client's own deadline can only be shorter.</summary>
    public TimeSpan MaxDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a request goes on for a client whose connection broke, so that one that comes back finds it; then it stops within a step.
    /// A client that cancels or closes its connection is believed at once.
    /// </summary>
    public TimeSpan ResumeGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a result is kept for a client that lost its connection before the result reached it.</summary>
    public TimeSpan KeepResults { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many results are kept.</summary>
    public int MaxKeptResults { get; init; } = 64;

    /// <summary>How many bytes of results are kept.</summary>
    public long MaxKeptBytes { get; init; } = 64L << 20;

    /// <summary>How long a client may take for its handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client may say nothing, pings included, or take nothing of what it is sent, before its connection counts as gone.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether spans carry the prompts, which are the users' words. Off, they carry their lengths.</summary>
    public bool PromptsInTelemetry { get; init; }

    /// <summary>The clock of deadlines and measurements.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the refiner logs to.</summary>
    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <exception cref="SessionException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        var check = new OptionChecker(message => new SessionException(message));
        check.NotNull(Name, nameof(Name));
        check.NotNull(Strength, nameof(Strength));
        check.NotNull(Loras, nameof(Loras));
        check.NotNull(TimeProvider, nameof(TimeProvider));
        check.NotNull(Logs, nameof(Logs));
        check.AtLeast(MaxConnections, 1, nameof(MaxConnections));
        check.AtLeast(QueueCapacity, 1, nameof(QueueCapacity));
        check.AtLeast(MaxRequestsPerSession, 1, nameof(MaxRequestsPerSession));
        check.Within(MaxPixels, 64, GenerationRequest.MaxSide * GenerationRequest.MaxSide, nameof(MaxPixels));
        check.Within(MaxSteps, 1, GenerationRequest.MaxSteps, nameof(MaxSteps));
        check.Within(MaxPromptLength, 1, ServerLimits.LongestMaxPromptLength, nameof(MaxPromptLength));
        check.Within(Name.Length, 0, MessageBounds.Name, $"{nameof(Name)}.{nameof(Name.Length)}");
        check.Within(Token?.Length ?? 0, 0, MessageBounds.Token, $"{nameof(Token)}.{nameof(Token.Length)}");
        check.AtLeast(MaxKeptResults, 0, nameof(MaxKeptResults));
        check.AtLeast(MaxKeptBytes, 0, nameof(MaxKeptBytes));
        check.Duration(MaxDeadline, nameof(MaxDeadline));
        check.Duration(HandshakeTimeout, nameof(HandshakeTimeout));
        check.Duration(IdleTimeout, nameof(IdleTimeout));
        check.Duration(ResumeGrace, nameof(ResumeGrace), mayBeZero: true);
        check.Duration(KeepResults, nameof(KeepResults), mayBeZero: true);
        DeepCache?.Validate(check.Of(nameof(DeepCache)));
        GuidanceInterval?.Validate(check.Of(nameof(GuidanceInterval)));
    }

    /// <summary>How long a request may take: what its client says, within what this cloud allows.</summary>
    internal TimeSpan DeadlineOf(Refine request) => request.Deadline is { } deadline && deadline < MaxDeadline ? deadline : MaxDeadline;

    /// <summary>What clients are told.</summary>
    internal ServerLimits Limits => new()
    {
        MaxFrameBytes = ServerLimits.FrameBytesFor(MaxPixels, MaxPromptLength),
        MaxPromptLength = MaxPromptLength,
        MaxSteps = MaxSteps,
        MaxPixels = MaxPixels,
        MaxRequests = MaxRequestsPerSession,
    };
}
