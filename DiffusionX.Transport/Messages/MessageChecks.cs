namespace DiffusionX.Transport.Messages;

/// <summary>
/// What makes a message unusable though its bytes can be read. The end that sends looks as well as the one that receives: neither trusts
/// the other, nor itself.
/// </summary>
internal static class MessageChecks
{
    /// <summary>What is wrong with a message, for people; null for a good one. It holds nothing that the message said.</summary>
    public static string? FindFault(Message message) => message switch
    {
        Hello hello => FindFault(hello),
        Welcome welcome => FindFault(welcome),
        Refine refine => FindFault(refine),
        Accepted accepted => WithId(accepted) ?? First((accepted.QueuePlace < 0, "the place in the queue is less than 0")),
        Progress progress => FindFault(progress),
        Result result => FindFault(result),
        Error error => First((!IsTime(error.RetryAfter), "the time to try again is out of range")),
        Cancel cancel => WithId(cancel),
        _ => null,
    };

    private static string? FindFault(Hello hello) => First(
        (hello.MinVersion < 1 || hello.MaxVersion < hello.MinVersion, "the versions are none"),
        (!IsText(hello.Token ?? "", MessageBounds.Token), "the token is too long or no text"),
        (!IsIdentifier(hello.VaeFingerprint) || !IsIdentifier(hello.ScheduleFingerprint), "a fingerprint is none"));

    private static string? FindFault(Welcome welcome) => First(
        (welcome.Version < 1, "the version is none"),
        (!IsIdentifier(welcome.VaeFingerprint) || !IsIdentifier(welcome.ScheduleFingerprint), "a fingerprint is none"),
        (!IsIdentifier(welcome.Solver), "the solver's name is none"),
        (welcome.Limits.MaxFrameBytes < MessageBounds.HandshakeBytes, "the largest frame is too small for the protocol"),
        (!LeavesSomething(welcome.Limits), "a limit leaves nothing"));

    private static string? FindFault(Refine refine) => WithId(refine) ?? First(
        (!IsText(refine.Prompt) || !IsText(refine.NegativePrompt), "a prompt is no text: half a character stands in it"),
        (!IsWithin(refine.GuidanceScale, 0, MessageBounds.Guidance), "the guidance scale is out of range"),
        (!IsWithin(refine.Strength ?? 0, 0, 1), "the strength is not from 0 to 1"),
        (refine.Steps < 1 || refine.PreviewEvery < 0, "a number of steps is too small"),
        (!IsTime(refine.Deadline), "the deadline is out of range"),
        (!Enum.IsDefined(refine.ResultEncoding), "the result's encoding is unknown"),
        (!Enum.IsDefined(refine.PromptNotation), "the syntax of the prompts is unknown"),
        (refine.Loras.Count > MessageBounds.Loras, "there are too many LoRAs"),
        (refine.Loras.Any(lora => !double.IsFinite(lora.Strength)), "the strength of a LoRA is no finite number"),
        (refine.Loras.Any(lora => !IsHash(lora.Hash)), "the hash of a LoRA is none"),
        (!IsIdentifier(refine.TraceParent ?? ""), "the trace context is none"))
        ?? FindFault(refine.Draft) ?? FindFault(refine.Relay) ?? FindFault(refine.Mask);

    private static string? FindFault(DraftPayload draft) => First(
        (!Enum.IsDefined(draft.Encoding), "the draft's encoding is unknown"),
        (!IsSide(draft.Channels) || !IsSide(draft.Height) || !IsSide(draft.Width), "the draft's size is out of range"),
        (draft.Bytes.Length == 0, "the draft is missing"));

    private static string? FindFault(RelayPoint? relay) => relay is null ? null : First(
        (relay.NextStep < 0, "the step to go on with is less than 0"),
        (!IsWithin(relay.Sigma, double.Epsilon, double.MaxValue), "the noise to go on with is not a number above 0"));

    private static string? FindFault(MaskPayload? mask) => mask is null ? null : First(
        (!IsSide(mask.Height) || !IsSide(mask.Width), "the mask's size is out of range"),
        (mask.Bits.LongLength != MaskPayload.BytesFor(mask.Height, mask.Width), "the mask has not one bit for each position"));

    private static string? FindFault(Progress progress) => WithId(progress) ?? First(
        (progress.Step < 0 || progress.Steps < progress.Step, "more steps are done than there are"),
        (progress.Preview?.Length > MessageBounds.PreviewBytes, "the preview is too large"));

    private static string? FindFault(Result result) => WithId(result) ?? First(
        (result.Picture.Length == 0, "the picture is missing"),
        (!Enum.IsDefined(result.Encoding), "the picture's encoding is unknown"),
        (!IsWithin(result.Strength, 0, 1), "the strength is not from 0 to 1"),
        (result.StepsRun < 0, "the number of steps is less than 0"),
        (!IsTime(result.QueueTime) || !IsTime(result.ComputeTime), "a time is out of range"));

    private static string? WithId(RequestMessage message) => message.RequestId == Guid.Empty ? "the request has no id" : null;

    // Written so that what is no number is outside of every range.
    private static bool IsWithin(double value, double smallest, double largest) => value >= smallest && value <= largest;

    private static bool IsSide(int value) => value is >= 1 and <= MessageBounds.Side;

    private static bool IsTime(TimeSpan? time) => time is not { } value || (value >= TimeSpan.Zero && value <= MessageBounds.Time);

    private static bool LeavesSomething(ServerLimits limits) =>
        Math.Min(Math.Min(limits.MaxPromptLength, limits.MaxSteps), Math.Min(limits.MaxPixels, limits.MaxRequests)) >= 1;

    private static bool IsText(string text, int maxLength = int.MaxValue) => text.Length <= maxLength && PlainText.IsWellFormed(text);

    private static bool IsHash(string hash) => hash.Length == 2 * MessageBounds.HashBytes && hash.All(char.IsAsciiHexDigitLower);

    private static bool IsIdentifier(string text) =>
        text.Length <= MessageBounds.Identifier && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static string? First(params ReadOnlySpan<(bool Wrong, string Fault)> checks)
    {
        foreach (var (wrong, fault) in checks)
        {
            if (wrong)
            {
                return fault;
            }
        }

        return null;
    }
}
