using DiffusionX.Pipeline;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Saving;
using DiffusionX.Strength;

namespace DiffusionX.Sessions.Edge;

/// <summary>One round of a session: from a prompt to a preview.</summary>
internal sealed class DraftGenerator(DiffusionModel model, EdgeSessionOptions options, SessionHistory history)
{
    public async Task<Draft> DrawAsync(string prompt, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var (start, seed) = history.Next();
        using var span = EdgeTelemetry.StartRound(start, prompt, options.PromptsInTelemetry);
        var began = options.TimeProvider.GetTimestamp();
        try
        {
            var strength = await StrengthAsync(start, prompt, cancellationToken).ConfigureAwait(false);
            var result = await model.GenerateAsync(Request(start, prompt, seed, strength), progress, cancellationToken).ConfigureAwait(false);
            var image = result.Images[0];
            var duration = options.TimeProvider.GetElapsedTime(began);
            var round = history.Add(number => new Round(number, start?.Number, prompt, seed, strength, result.StepsRun, duration, image.Latent));
            EdgeTelemetry.RoundDrawn(span, round);
            return new Draft(round, image.Picture, result.PromptTokensCut, result.Timings);
        }
        catch (Exception error)
        {
            SessionTelemetry.Fail(span, error);
            throw;
        }
    }

    private async ValueTask<double> StrengthAsync(Round? start, string prompt, CancellationToken cancellationToken)
    {
        if (start is null)
        {
            return 1;
        }

        var context = new StrengthContext(model, prompt) { PreviousPrompt = start.Prompt, Latent = start.Latent };
        return await options.Strength.PredictAsync(context, cancellationToken).ConfigureAwait(false);
    }

    private GenerationRequest Request(Round? start, string prompt, long seed, double strength) => new()
    {
        Prompt = prompt,
        NegativePrompt = options.NegativePrompt,
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
