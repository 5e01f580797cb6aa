using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Saving;
using DiffusionX.Strength;

namespace DiffusionX.Sessions.Edge;

/// <summary>One round of a session: from a prompt to a preview.</summary>
internal sealed class DraftGenerator(DiffusionModel model, EdgeSessionOptions options, SessionHistory history, RefinementMeasurements measured)
{
    public async Task<Draft> DrawAsync(string prompt, RoundOptions round, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var (current, seed) = round.InitImage is null ? history.Next() : (null, history.Seed);
        seed = round.Seed ?? seed;
        using var span = EdgeTelemetry.StartRound(fromNoise: current is null && round.InitImage is null, prompt, options.PromptsInTelemetry);
        var began = options.TimeProvider.GetTimestamp();
        try
        {
            var start = round.InitImage is { } picture ? await BeginAsync(picture, seed, cancellationToken).ConfigureAwait(false) : current;
            var region = Region(start, round.Mask);
            var strength = await StrengthAsync(start, prompt, round, cancellationToken).ConfigureAwait(false);
            var result = await model.GenerateAsync(Request(start, prompt, seed, strength) with { InitMask = region, Loras = round.Loras }, progress, cancellationToken).ConfigureAwait(false);
            if (round.InitImage is not null)
            {
                start = history.Add(number => start! with { Number = number });
            }

            measured.Drawn(result.Timings, result.StepsRun, result.GuidedSteps);
            var image = result.Images[0];
            var duration = options.TimeProvider.GetElapsedTime(began);
            var drawn = history.Add(number => new Round(number, start?.Number, prompt, seed, strength, result.StepsRun, duration, image.Latent) { Mask = region });
            EdgeTelemetry.RoundDrawn(span, drawn);
            return new Draft(drawn, image.Picture, result.PromptTokensCut, result.Timings);
        }
        catch (Exception error)
        {
            SessionTelemetry.Fail(span, error);
            throw;
        }
    }

    /// <summary>How much noise a round with this prompt would put on the current one.</summary>
    public ValueTask<double> PredictStrengthAsync(string prompt, CancellationToken cancellationToken) =>
        StrengthAsync(history.Current, prompt, new RoundOptions(), cancellationToken);

    // The picture as a round, which has no number before something was drawn from it.
    private async Task<Round> BeginAsync(Picture picture, long seed, CancellationToken cancellationToken)
    {
        var began = options.TimeProvider.GetTimestamp();
        var fit = PictureFit.Of(picture.Width, picture.Height, model.NativeSize, model.NativeSize, model.PixelsPerLatent);
        var (width, height) = (options.Width, options.Height) is ({ } wide, { } high) ? (wide, high) : (fit.Width, fit.Height);
        var latent = await model.EncodeAsync(picture.Resize(width, height), cancellationToken).ConfigureAwait(false);
        return new Round(0, null, "", seed, 0, 0, options.TimeProvider.GetElapsedTime(began), latent);
    }

    private static Mask? Region(Round? start, Mask? mask)
    {
        if (mask is null)
        {
            return null;
        }

        return start is { Latent: var latent }
            ? mask.Resize(latent.Width, latent.Height)
            : throw new SessionException("There is nothing yet of which a region could be redrawn. Draw a picture with a prompt first, or start from one.");
    }

    private async ValueTask<double> StrengthAsync(Round? start, string prompt, RoundOptions round, CancellationToken cancellationToken)
    {
        if (start is null)
        {
            return 1;
        }

        if (round.Strength is { } chosen)
        {
            return chosen;
        }

        if (round.Mask is null && start.IsPicture)
        {
            return new GenerationRequest { Prompt = prompt }.Strength;
        }

        var context = new StrengthContext(model, options.WordsOf(prompt)) { PreviousPrompt = options.WordsOf(start.Prompt), Latent = start.Latent };
        return await (round.Mask is null ? options.Strength : options.MaskedStrength).PredictAsync(context, cancellationToken).ConfigureAwait(false);
    }

    private GenerationRequest Request(Round? start, string prompt, long seed, double strength) => new()
    {
        Prompt = prompt,
        NegativePrompt = options.NegativePrompt,
        PromptSyntax = options.PromptSyntax,
        GuidanceScale = options.GuidanceScale,
        Seed = seed,
        Width = start is null ? options.Width : null,
        Height = start is null ? options.Height : null,
        Steps = StepsAt(strength),
        Scheduler = options.Scheduler,
        InitLatent = start?.Latent,
        Strength = strength,
        SkipSteps = start is null ? SkipStepSchedule.None : options.SkipSteps ?? MaxStepFraction.AtMost(MaxStepFraction.OfRound, model, options.Scheduler),
        PreviewEvery = options.PreviewEvery,
        UsesPreviewDecoder = options.UsesPreviewDecoder,
    };

    // A solver of few steps takes all of a schedule's over the part that a strength leaves; that part's share of them will do.
    private int StepsAt(double strength) => options.SkipSteps is null && (options.Scheduler ?? model.DefaultScheduler).IsDistilled()
        ? Math.Clamp((int)Math.Ceiling(options.Steps * strength), 1, options.Steps)
        : options.Steps;
}
