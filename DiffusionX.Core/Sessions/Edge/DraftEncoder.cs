using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Schedulers;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// Makes of a round what crosses the link: its draft, or with a relay the noisy latent of a run that the edge's model began. Made once for
/// all attempts.
/// </summary>
/// <param name="model">The edge's model.</param>
/// <param name="fingerprints">What identifies its parts.</param>
/// <param name="session">How the session has its drafts refined.</param>
/// <param name="hashes">What its LoRAs are known by.</param>
/// <param name="round">The round.</param>
/// <param name="prefetch">How much noise it needs; null where something else has settled that.</param>
internal sealed class DraftEncoder(
    DiffusionModel model, ModelFingerprints fingerprints, EdgeSessionOptions session, LoraHashes hashes, Round round, StrengthPrefetch? prefetch)
{
    private PartialDenoising? partialRun;
    private double? strength;
    private IReadOnlyList<LoraReference>? named;

    /// <summary>What was made last; null before.</summary>
    public EncodedDraft? Prepared { get; private set; }

    public TimeSpan EncodingTime { get; private set; }

    public TimeSpan RelayTime { get; private set; }

    /// <summary>How long the draft waited for its strength.</summary>
    public TimeSpan PredictionTime { get; private set; }

    /// <summary>All of it.</summary>
    public TimeSpan Elapsed => EncodingTime + RelayTime + PredictionTime;

    /// <summary>How many steps the edge's model took.</summary>
    public int RelayedSteps => partialRun?.StepsRun ?? 0;

    private RefinementOptions Options => session.Refinement;

    private Mask? Mask => Options.MaskOf(round);

    private TimeProvider Time => session.TimeProvider;

    /// <summary>Prepares the round for a cloud.</summary>
    /// <param name="welcome">The cloud, which may be another one than at the attempt before.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    /// <exception cref="RefinementException">The cloud does not take so much, or can't read what the options ask for.</exception>
    public async Task<EncodedDraft> PrepareAsync(Welcome welcome, CancellationToken cancellationToken)
    {
        ThrowIfTooMuch(welcome);
        ThrowIfNoMasks(welcome);
        ThrowIfNoSyntax(welcome);
        var loras = await NameLorasAsync(welcome, cancellationToken).ConfigureAwait(false);
        var encoding = ChooseEncoding(welcome);
        if (Prepared?.Payload.Encoding != encoding)
        {
            await RelayAsync(welcome, encoding, cancellationToken).ConfigureAwait(false);
            var payload = await EncodeAsync(encoding, cancellationToken).ConfigureAwait(false);
            var relay = partialRun is null ? null : new RelayPoint { NextStep = partialRun.NextStep, Sigma = partialRun.Sigma };
            Prepared = new EncodedDraft(payload, await StrengthAsync(cancellationToken).ConfigureAwait(false), relay, EncodeMask(), loras);
        }

        return Prepared;
    }

    // A prediction that fails costs nobody the refinement: without a strength the cloud chooses one.
    private async ValueTask<double?> StrengthAsync(CancellationToken cancellationToken)
    {
        if ((strength ?? Options.Strength) is { } settled)
        {
            return settled;
        }

        var start = Time.GetTimestamp();
        try
        {
            return prefetch is null ? null : await prefetch.StrengthAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DiffusionXException failure)
        {
            session.Logs.CreateLogger<EdgeSession>().StrengthLeftToCloud(failure.Message);
            return null;
        }
        finally
        {
            PredictionTime += Time.GetElapsedTime(start);
        }
    }

    /// <summary>Whether a picture from the cloud has the size of the round's, or a preview no larger one.</summary>
    public bool Fits(PictureHeader picture, bool isPreview = false)
    {
        var (width, height) = (round.Latent.Width * model.PixelsPerLatent, round.Latent.Height * model.PixelsPerLatent);
        return isPreview ? picture.Width <= width && picture.Height <= height : (picture.Width, picture.Height) == (width, height);
    }

    // The cloud would refuse it, after it has crossed the link.
    private void ThrowIfTooMuch(Welcome welcome)
    {
        if (!PlainText.IsWellFormed(round.Prompt) || !PlainText.IsWellFormed(session.NegativePrompt))
        {
            throw new RefinementException("The prompt or the negative prompt holds half a character (a lone surrogate), and can't be sent. Write it anew.");
        }

        var pixels = (Int128)round.Latent.Height * round.Latent.Width * model.PixelsPerLatent * model.PixelsPerLatent;
        if ((welcome.Limits.FindExcess(round.Prompt, session.NegativePrompt, Options.Steps) ?? welcome.Limits.FindExcess(pixels)) is { } excess)
        {
            throw new RefinementException($"{welcome.Server} does not take this round. {excess}");
        }
    }

    // A cloud that does not know masks would refine everything.
    private void ThrowIfNoMasks(Welcome welcome)
    {
        if (Mask is not null && !welcome.TakesMasks)
        {
            throw new RefinementException(
                $"{welcome.Server} can't refine a region alone. Update it, or set {nameof(RefinementOptions)}.{nameof(RefinementOptions.KeepsOutsideMask)} to false.");
        }
    }

    // A cloud that does not know it would take it for words.
    private void ThrowIfNoSyntax(Welcome welcome)
    {
        if (session.PromptSyntax != PromptSyntax.Plain && !welcome.TakesPromptSyntax)
        {
            throw new RefinementException(
                $"{welcome.Server} reads plain prompts alone. Update it, or set {nameof(EdgeSessionOptions)}."
                + $"{nameof(EdgeSessionOptions.PromptSyntax)} to {nameof(PromptSyntax.Plain)}.");
        }
    }

    // Named once for all attempts, with what was merged when the round's refinement began.
    private async Task<IReadOnlyList<LoraReference>> NameLorasAsync(Welcome welcome, CancellationToken cancellationToken)
    {
        named ??= await NameAsync(Options.Loras ?? model.Loras, cancellationToken).ConfigureAwait(false);
        return named.Count == 0 || welcome.TakesLoras
            ? named
            : throw new RefinementException(
                $"{welcome.Server} can't refine with LoRAs. Update it, or set {nameof(RefinementOptions)}.{nameof(RefinementOptions.Loras)} "
                + "to an empty list.");
    }

    private async Task<IReadOnlyList<LoraReference>> NameAsync(IReadOnlyList<LoraSelection> loras, CancellationToken cancellationToken)
    {
        if (loras.Count > MessageBounds.Loras)
        {
            throw new RefinementException($"The edge's model has {loras.Count} LoRAs; a request names at most {MessageBounds.Loras}.");
        }

        try
        {
            var references = new List<LoraReference>();
            foreach (var lora in loras)
            {
                references.Add(new LoraReference(await hashes.OfAsync(lora.Path, cancellationToken).ConfigureAwait(false), lora.Strength));
            }

            return references;
        }
        catch (CheckpointException unreadable)
        {
            throw new RefinementException($"A LoRA can't be named to the cloud: {unreadable.Message}", unreadable);
        }
    }

    private DraftEncoding ChooseEncoding(Welcome welcome)
    {
        var sharesVae = welcome.VaeFingerprint == fingerprints.Vae;
        var encoding = Options.Encoding ?? (sharesVae ? DraftEncoding.Float16Latent : DraftEncoding.WebP);
        return sharesVae || !DraftCodec.IsLatent(encoding)
            ? encoding
            : throw new RefinementException($"{welcome.Server} has another VAE than the edge's model, and can't read {encoding}. Leave the encoding out, or choose a picture's.");
    }

    private async Task RelayAsync(Welcome welcome, DraftEncoding encoding, CancellationToken cancellationToken)
    {
        if (Options.Relay is not { } relay || partialRun is not null || Mask is not null)
        {
            return;
        }

        var solver = RelaySolver(welcome, encoding);
        var start = Time.GetTimestamp();
        var refinement = new LocalRefinement(model, session, round);
        var chosen = await refinement.StrengthAsync(cancellationToken).ConfigureAwait(false);
        var edgeSteps = relay.EdgeSteps(Scheduler.StepsRun(Options.Steps, chosen));
        if (edgeSteps > 0)
        {
            partialRun = await DenoisePartiallyAsync(refinement.Request(chosen) with { Scheduler = solver, Steps = Options.Steps }, edgeSteps, cancellationToken).ConfigureAwait(false);
        }

        strength = chosen;
        RelayTime = Time.GetElapsedTime(start);
    }

    private async Task<PartialDenoising> DenoisePartiallyAsync(GenerationRequest request, int steps, CancellationToken cancellationToken)
    {
        try
        {
            return await model.DenoisePartiallyAsync(request, steps, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SchedulerException or GenerationException)
        {
            throw new RefinementException($"The edge can't begin the run that the cloud should go on with: {error.Message} Or leave the relay out.", error);
        }
    }

    private SchedulerKind RelaySolver(Welcome welcome, DraftEncoding encoding)
    {
        if (!DraftCodec.IsLatent(encoding) || welcome.ScheduleFingerprint != fingerprints.NoiseSchedule)
        {
            throw new RefinementException(
                $"{welcome.Server} has another VAE or noise schedule than the edge's model, or the draft goes as a picture: a relay needs both, and a latent. Leave the relay out.");
        }

        return Enum.TryParse<SchedulerKind>(welcome.Solver, out var solver) && Enum.IsDefined(solver)
            ? solver
            : throw new RefinementException($"{welcome.Server} can't go on with a run that the edge began. Update it, or leave the relay out.");
    }

    private MaskPayload? EncodeMask() => Mask is { } mask ? new MaskPayload { Height = mask.Height, Width = mask.Width, Bits = mask.Pack() } : null;

    private async Task<DraftPayload> EncodeAsync(DraftEncoding encoding, CancellationToken cancellationToken)
    {
        var start = Time.GetTimestamp();
        var payload = DraftCodec.IsLatent(encoding)
            ? DraftCodec.Encode(partialRun?.Noisy ?? round.Latent, encoding)
            : DraftCodec.Encode(await model.DecodeAsync(round.Latent, cancellationToken).ConfigureAwait(false), encoding, Options.DraftQuality);
        EncodingTime += Time.GetElapsedTime(start);
        return payload;
    }
}

/// <summary>What crosses the link for a round.</summary>
/// <param name="Payload">The draft, or the noisy latent.</param>
/// <param name="Strength">How much noise there is to be on the draft; null leaves that to the cloud.</param>
/// <param name="Relay">Where the noisy latent's run goes on; null for a draft.</param>
/// <param name="Mask">What of it is refined; null for all.</param>
/// <param name="Loras">What the cloud refines with.</param>
internal sealed record EncodedDraft(
    DraftPayload Payload, double? Strength, RelayPoint? Relay, MaskPayload? Mask, IReadOnlyList<LoraReference> Loras);
