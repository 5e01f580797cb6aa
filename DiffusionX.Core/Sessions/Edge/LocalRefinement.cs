using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Strength;

namespace DiffusionX.Sessions.Edge;

/// <summary>How the edge's own model refines a round: the whole of it in the cloud's stead, or the first part of a relay.</summary>
internal sealed class LocalRefinement(DiffusionModel model, EdgeSessionOptions session, Round round)
{
    /// <summary>How much noise goes on the draft.</summary>
    public async ValueTask<double> StrengthAsync(CancellationToken cancellationToken)
    {
        var context = new StrengthContext(model, session.WordsOf(round.Prompt)) { Latent = round.Latent };
        return session.Refinement.Strength ?? await session.Refinement.EdgeStrength.PredictAsync(context, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The run.</summary>
    public GenerationRequest Request(double strength) => new()
    {
        Prompt = round.Prompt,
        NegativePrompt = session.NegativePrompt,
        PromptSyntax = session.PromptSyntax,
        GuidanceScale = session.Refinement.GuidanceScale,
        Steps = Steps,
        Scheduler = session.Scheduler,
        Seed = unchecked(round.Seed + 1),
        InitLatent = round.Latent,
        InitMask = session.Refinement.MaskOf(round),
        Strength = strength,
        PreviewEvery = session.Refinement.PreviewEvery,
    };

    // The refinement's steps are the cloud's; a model that was distilled for a few takes those.
    private int Steps => (session.Scheduler ?? model.DefaultScheduler).IsDistilled()
        ? Math.Min(session.Steps, session.Refinement.Steps)
        : session.Refinement.Steps;
}
