using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Saving;
using DiffusionX.Strength;

namespace DiffusionX.Sessions.Edge;

/// <summary>One round of a session: from a prompt to a preview.</summary>
internal sealed class DraftGenerator(DiffusionModel model, EdgeSessionOptions options, SessionHistory history)
{
    public async Task<Draft> DrawAsync(string prompt, Mask? mask, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var (start, seed) = history.Next();
        var region = Region(start, mask);
        using var span = EdgeTelemetry.StartRound(start, prompt, options.PromptsInTelemetry);
        var began = options.TimeProvider.GetTimestamp();
        try
        {
            var strength = await StrengthAsync(start, prompt, isMasked: region is not null, cancellationToken).ConfigureAwait(false);
            var result = await model.GenerateAsync(Request(start, prompt, seed, strength) with { InitMask = region }, progress, cancellationToken).ConfigureAwait(false);
            var image = result.Images[0];
            var duration = options.TimeProvider.GetElapsedTime(began);
            var round = history.Add(number => new Round(number, start?.Number, prompt, seed, strength, result.StepsRun, duration, image.Latent) { Mask = region });
            EdgeTelemetry.RoundDrawn(span, round);
            return new Draft(round, image.Picture, result.PromptTokensCut, result.Timings);
        }
        catch (Exception error)
        {
            SessionTelemetry.Fail(span, error);
            throw;
        }
    }

    private static Mask? Region(Round? start, Mask? mask)
    {
        if (mask is null)
        {
            return null;
        }

        return start is { Latent: var latent }
            ? mask.Resize(latent.Width, latent.Height)
            : throw new SessionException("There is nothing yet of which a region could be redrawn. Draw a picture with a prompt first.");
    }

    private async ValueTask<double> StrengthAsync(Round? start, string prompt, bool isMasked, CancellationToken cancellationToken)
    {
        if (start is null)
        {
            return 1;
        }

        var context = new StrengthContext(model, options.WordsOf(prompt)) { PreviousPrompt = options.WordsOf(start.Prompt), Latent = start.Latent };
        return await (isMasked ? options.MaskedStrength : options.Strength).PredictAsync(context, cancellationToken).ConfigureAwait(false);
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
        Steps = options.Steps,
        Scheduler = options.Scheduler,
        InitLatent = start?.Latent,
        Strength = strength,
        SkipSteps = start is null ? SkipStepSchedule.None : options.SkipSteps ?? MaxStepFraction.AtMost(MaxStepFraction.OfRound, model, options.Scheduler),
        PreviewEvery = options.PreviewEvery,
    };
}
