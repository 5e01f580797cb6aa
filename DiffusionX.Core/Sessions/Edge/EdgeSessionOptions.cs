using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionX.Sessions.Edge;

/// <summary>How a session draws its previews, and what it asks of the cloud. Checked when a session is opened.</summary>
public sealed record EdgeSessionOptions
{
    /// <summary>
    /// The session's first seed. Each round further along adds one to it, so that no round draws with the noise of the round that it starts
    /// from.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>
    /// Steps of the whole schedule, for previews; a later round has the last ⌊Steps·strength⌋ of them, and runs what
    /// <see cref="SkipSteps"/> leaves of those.
    /// </summary>
    public int Steps { get; init; } = 25;

    /// <summary>
    /// Which steps rounds after the first leave out, of those that their strength leaves; see
    /// <see cref="Pipeline.GenerationRequest.SkipSteps"/>. Null takes no more than <see cref="MaxStepFraction.OfRound"/> of the schedule's,
    /// leaving out most at first, where the solver can do without some; of LCM's and TCD's, the share that the strength is.
    /// </summary>
    public SkipStepSchedule? SkipSteps { get; init; }

    /// <summary>The pictures' width in pixels; null for what the edge's model was trained at.</summary>
    public int? Width { get; init; }

    /// <summary>The pictures' height in pixels; null for what the edge's model was trained at.</summary>
    public int? Height { get; init; }

    /// <summary>What no picture of the session should show.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>How prompts are read, in rounds and in refinements.</summary>
    public PromptSyntax PromptSyntax { get; init; }

    /// <summary>Guidance of the previews; see <see cref="Pipeline.GenerationRequest.GuidanceScale"/>.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>The edge's solver; null takes DPM-Solver++ 2M, or LCM or TCD for a model that was distilled for it.</summary>
    public SchedulerKind? Scheduler { get; init; }

    /// <summary>After every how many steps the progress of a round carries a preview; 0 for none.</summary>
    public int PreviewEvery { get; init; }

    /// <summary>
    /// Whether drafts are decoded by the decoder of previews, where the model was loaded with one; see
    /// <see cref="Pipeline.GenerationRequest.UsesPreviewDecoder"/>.
    /// </summary>
    public bool UsesPreviewDecoder { get; init; } = true;

    /// <summary>How much noise a round after the first puts on the latent before it.</summary>
    public IStrengthPredictor Strength { get; init; } = new EmbeddingDistanceStrength();

    /// <summary>
    /// How much noise a round under a mask puts on the region that it redraws. By default it is drawn anew, as diffusers' inpainting has
    /// it.
    /// </summary>
    public IStrengthPredictor MaskedStrength { get; init; } = new FixedStrength(1);

    /// <summary>How the last draft is refined.</summary>
    public RefinementOptions Refinement { get; init; } = new();

    /// <summary>
    /// Whether the cloud is reached while a round is drawn, so that the refinement does not wait for the handshake; it is told nothing of the round. A
    /// cloud that can't be reached then is tried again, and spoken of, when it is needed.
    /// </summary>
    public bool ConnectsAhead { get; init; }

    /// <summary>What the cloud asks for to let a client in; null where it asks for nothing.</summary>
    public string? Token { get; init; }

    /// <summary>What the cloud's log calls this client.</summary>
    public string ClientName { get; init; } = "edge";

    /// <summary>Whether spans carry the prompts, which are the user's words. Off, they carry their lengths.</summary>
    public bool PromptsInTelemetry { get; init; }

    /// <summary>The clock of deadlines, pauses and measurements.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the session logs to.</summary>
    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The words of a prompt, which strengths are predicted from: predictors have learned from plain words.</summary>
    internal string WordsOf(string prompt) => WeightedPrompt.WordsOf(prompt, PromptSyntax);

    /// <exception cref="SessionException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        var check = new OptionChecker(message => new SessionException(message));
        check.NotNull(NegativePrompt, nameof(NegativePrompt));
        check.Within((int)PromptSyntax, (int)PromptSyntax.Plain, (int)PromptSyntax.Weighted, nameof(PromptSyntax));
        check.NotNull(Strength, nameof(Strength));
        check.NotNull(MaskedStrength, nameof(MaskedStrength));
        check.NotNull(Refinement, nameof(Refinement));
        check.NotNull(TimeProvider, nameof(TimeProvider));
        check.NotNull(Logs, nameof(Logs));
        check.NotNull(ClientName, nameof(ClientName));
        check.Within(ClientName.Length, 0, MessageBounds.Name, $"{nameof(ClientName)}.{nameof(ClientName.Length)}");
        check.Within(Token?.Length ?? 0, 0, MessageBounds.Token, $"{nameof(Token)}.{nameof(Token.Length)}");
        check.Within(Steps, 1, GenerationRequest.MaxSteps, nameof(Steps));
        check.Within(GuidanceScale, 0, GenerationRequest.MaxGuidanceScale, nameof(GuidanceScale));
        check.AtLeast(PreviewEvery, 0, nameof(PreviewEvery));
        check.Within(Width ?? 1, 1, GenerationRequest.MaxSide, nameof(Width));
        check.Within(Height ?? 1, 1, GenerationRequest.MaxSide, nameof(Height));
        Refinement.Validate(check.Of(nameof(Refinement)));
    }
}
