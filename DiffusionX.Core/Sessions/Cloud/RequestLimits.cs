using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// What a request may ask for. It is checked before the request is taken on, and nothing is computed for one that asks for more.
/// </summary>
internal sealed class RequestLimits(ServerLimits limits, DraftLimits drafts, IReadOnlyCollection<string> loras, string scheduleFingerprint)
{
    // Numbers beyond this are no guidance, and float16 would not hold what comes of them.
    private const double MaxGuidance = 100;

    /// <summary>What is wrong with a request, for its sender; null for a good one.</summary>
    public string? FindFault(Refine request, Hello client)
    {
        if (request.RequestId == Guid.Empty)
        {
            return "The request has no id.";
        }

        if (limits.FindExcess(request.Prompt, request.NegativePrompt, request.Steps) is { } excess)
        {
            return excess;
        }

        if (!(request.GuidanceScale >= 0 && request.GuidanceScale <= MaxGuidance))
        {
            return FormattableString.Invariant($"The guidance scale is {request.GuidanceScale}; this cloud takes 0 to {MaxGuidance}.");
        }

        if (!((request.Strength ?? 0) >= 0 && (request.Strength ?? 0) <= 1))
        {
            return FormattableString.Invariant($"The strength is {request.Strength}; it has to be from 0 to 1.");
        }

        if (!Enum.IsDefined(request.PromptNotation))
        {
            return "The prompts are written in a syntax that this cloud does not know. Update it, or write plain words.";
        }

        if (request.PreviewEvery < 0)
        {
            return $"Previews after every {request.PreviewEvery} steps were asked for; use 0 for none.";
        }

        return drafts.FindFault(request.Draft, client.VaeFingerprint) ?? FindRelayFault(request, client) ?? FindMaskFault(request)
            ?? LoraCatalogue.FindFault(request, loras);
    }

    private string? FindMaskFault(Refine request) => request switch
    {
        { Mask: null } => null,
        { Relay: not null } => "A partial denoising can't be continued under a mask. Send a finished draft.",
        { Mask: { } mask } => drafts.FindFault(mask, request.Draft),
    };

    private string? FindRelayFault(Refine request, Hello client)
    {
        if (request.Relay is not { } relay)
        {
            return null;
        }

        if (client.ScheduleFingerprint != scheduleFingerprint)
        {
            return "The draft is a noisy latent of another noise schedule than this cloud's. Send a finished draft.";
        }

        if (!DraftCodec.IsLatent(request.Draft.Encoding))
        {
            return "A run can only be gone on with from a latent, and the draft is a picture.";
        }

        return relay.NextStep >= request.Steps
            ? $"The run to go on with is at step {relay.NextStep} of {request.Steps}; nothing is left of it."
            : null;
    }
}
