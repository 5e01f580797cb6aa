using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Planning;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>How a session has its draft refined. Checked when the session is opened.</summary>
public sealed record RefinementOptions
{
    /// <summary>How the draft crosses the link. Null chooses: a float16 latent where edge and cloud have the same VAE, else WebP.</summary>
    public DraftEncoding? Encoding { get; init; }

    /// <summary>The quality of drafts that are sent as WebP or JPEG, 0 to 100.</summary>
    public int DraftQuality { get; init; } = 90;

    /// <summary>Steps of the whole schedule; the refinement runs the last ⌊Steps·strength⌋ of them.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>How much noise to put on the draft; null leaves it to <see cref="DraftStrength"/>, or else to the cloud.</summary>
    public double? Strength { get; init; }

    /// <summary>
    /// How much noise the draft needs, such as by a <see cref="CloudStrengthPredictor"/>: asked here, where the draft's picture is at hand,
    /// while the user looks at it. It has to live as long as the session. Null leaves it to the cloud's own predictor, which has to decode
    /// the draft first.
    /// </summary>
    public IStrengthPredictor? DraftStrength { get; init; }

    /// <summary>
    /// The LoRAs that the cloud refines with, at most 16. The request names them by what is in their files, and the cloud needs files with
    /// the same content (<see cref="Cloud.CloudRefinerOptions.Loras"/>). Null takes those of the edge's model, none refines with the cloud's
    /// model as it is. Where the edge refines itself, it has its own.
    /// </summary>
    public IReadOnlyList<LoraSelection>? Loras { get; init; }

    /// <summary>Whether the edge runs the first part of the refinement's steps; null leaves all to the cloud.</summary>
    public LatentRelay? Relay { get; init; }

    /// <summary>
    /// Whether and how each refinement's way is planned: through the cloud, by a relay or by the edge alone, and in which encoding. A plan
    /// takes the place of <see cref="Encoding"/> and of whether there is a <see cref="Relay"/>. Which pictures come out then depends on what
    /// was measured, so the same seed may give others. Null plans nothing.
    /// </summary>
    public RefinementPlanning? Planning { get; init; }

    /// <summary>
    /// Whether a round that redrew a region alone is refined in that region alone, and the rest of the picture stays the draft's. Such a
    /// round is refined by one model, without a <see cref="Relay"/>. False refines all of it.
    /// </summary>
    public bool KeepsOutsideMask { get; init; } = true;

    /// <summary>
    /// The region to refine, of any size, in place of the round's own: the rest of the picture stays the draft's. Null takes the round's.
    /// </summary>
    public Mask? Mask { get; init; }

    /// <summary>
    /// Whether the cloud refines each preview while the user still looks at it. If the user accepts it, the picture is there sooner; if
    /// not, the cloud stops within a step and has computed in vain. <see cref="RefinementReport.Speculation"/> tells how often.
    /// </summary>
    public bool Speculate { get; init; }

    /// <summary>Guidance of the refinement; see <see cref="Pipeline.GenerationRequest.GuidanceScale"/>.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>After every how many steps the cloud sends a preview; 0 for none.</summary>
    public int PreviewEvery { get; init; }

    /// <summary>The format in which the picture comes back. PNG is the one that loses nothing.</summary>
    public PictureFormat ResultFormat { get; init; } = PictureFormat.Png;

    /// <summary>How long a refinement may take in the cloud, with all its waits and retries.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the cloud may be silent before its connection counts as lost, and out of reach before the session gives it up.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The pause before the second attempt; each further one about doubles it, up to <see cref="LongestPause"/>. A cloud that names a pause
    /// gets that.
    /// </summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the edge's own model refines when the cloud can't; otherwise that is an error, and the session stays as it is.
    /// </summary>
    public bool FallBackToEdge { get; init; } = true;

    /// <summary>
    /// How much noise the edge puts on the draft when it refines in the cloud's stead, or begins a relay, and <see cref="Strength"/> is
    /// null.
    /// </summary>
    public IStrengthPredictor EdgeStrength { get; init; } = new FixedStrength(0.5);

    /// <summary>
    /// The same options with as much of the draft kept as is said here, whatever <see cref="DraftStrength"/> and the cloud would have.
    /// </summary>
    /// <param name="keep">
    /// From 0, where the refinement draws nearly anew, to 1, where it touches up the finest details alone; more never puts more noise on it. 0.5 puts
    /// 0.38 of the noise on the draft, as a strength says it.
    /// </param>
    /// <exception cref="SessionException">The number is out of range.</exception>
    public RefinementOptions Keeping(double keep)
    {
        // What still leaves a refinement something to do, and something to start from.
        const double LeastStrength = 0.1;
        const double MostStrength = 0.9;
        // What a draft loses it loses at the upper end: there the strengths lie farther apart.
        const double Curve = 1.5;
        return keep is >= 0 and <= 1
            ? WithStrength(LeastStrength + ((MostStrength - LeastStrength) * Math.Pow(1 - keep, Curve)))
            : throw new SessionException(FormattableString.Invariant($"keep is {keep}; it has to be from 0 (draw nearly anew) to 1 (keep nearly all)."));
    }

    // A single step takes little noise away with what is fine in the draft; several, of a finer schedule, give it back.
    private RefinementOptions WithStrength(double strength)
    {
        const int LeastSteps = 6;
        const int FewestOfManySteps = 8;

        // Solvers of few steps take all of them whatever the strength.
        var takesMany = Steps >= FewestOfManySteps;
        return this with { Strength = strength, Steps = takesMany ? Math.Max(Steps, (int)Math.Ceiling(LeastSteps / strength)) : Steps };
    }

    /// <summary>What of a round's draft is refined; null for all of it.</summary>
    internal Mask? MaskOf(Round round) => Mask?.Resize(round.Latent.Width, round.Latent.Height) ?? (KeepsOutsideMask ? round.Mask : null);

    internal void Validate(OptionChecker check)
    {
        check.NotNull(EdgeStrength, nameof(EdgeStrength));
        check.Within(DraftQuality, 0, 100, nameof(DraftQuality));
        check.Within(Steps, 1, GenerationRequest.MaxSteps, nameof(Steps));
        check.Within(Strength ?? 0, 0, 1, nameof(Strength));
        check.Within(GuidanceScale, 0, GenerationRequest.MaxGuidanceScale, nameof(GuidanceScale));
        check.AtLeast(PreviewEvery, 0, nameof(PreviewEvery));
        check.Within(Loras?.Count ?? 0, 0, MessageBounds.Loras, $"{nameof(Loras)}.{nameof(Loras.Count)}");
        foreach (var lora in Loras ?? [])
        {
            check.Within(lora.Strength, double.MinValue, double.MaxValue, $"{nameof(Loras)}.{nameof(lora.Strength)}");
        }

        check.Duration(Deadline, nameof(Deadline));
        check.Duration(IdleTimeout, nameof(IdleTimeout));
        check.Duration(FirstPause, nameof(FirstPause), mayBeZero: true);
        check.Duration(LongestPause, nameof(LongestPause));
        Relay?.Validate(check.Of(nameof(Relay)));
        Planning?.Validate(check.Of(nameof(Planning)));
    }
}
