using System.Runtime.InteropServices;
using Google.Protobuf;

namespace DiffusionX.Transport.Messages;

/// <summary>
/// Messages to what protoc makes of the .proto files, and back. What it gives back may make no sense yet: <see cref="MessageChecks"/> looks
/// at it. Text that is shown to people is made plain here, where it enters.
/// </summary>
internal static class MessageMapping
{
    private const int IdBytes = 16;

    public static Wire.Envelope ToWire(Message message) => message switch
    {
        Hello hello => new() { Hello = ToWire(hello) },
        Welcome welcome => new() { Welcome = ToWire(welcome) },
        Refine refine => new() { Refine = ToWire(refine) },
        Accepted accepted => new() { Accepted = new() { RequestId = ToWire(accepted.RequestId), QueuePlace = accepted.QueuePlace } },
        Progress progress => new() { Progress = ToWire(progress) },
        Result result => new() { Result = ToWire(result) },
        Error error => new() { Error = ToWire(error) },
        Cancel cancel => new() { Cancel = new() { RequestId = ToWire(cancel.RequestId) } },
        Ping ping => new() { Ping = new() { Number = ping.Number } },
        Pong pong => new() { Pong = new() { Number = pong.Number } },
        _ => throw new ArgumentOutOfRangeException(nameof(message)),
    };

    public static Hello FromWire(Wire.Hello hello) => new()
    {
        MinVersion = hello.MinVersion,
        MaxVersion = hello.MaxVersion,
        Token = hello.HasToken ? hello.Token : null,
        VaeFingerprint = hello.VaeFingerprint,
        ScheduleFingerprint = hello.ScheduleFingerprint,
        SessionId = IdFromWire(hello.SessionId),
        Client = PlainText.Of(hello.Client, MessageBounds.Name),
    };

    public static Welcome FromWire(Wire.Welcome welcome) => new()
    {
        Version = welcome.Version,
        VaeFingerprint = welcome.VaeFingerprint,
        ScheduleFingerprint = welcome.ScheduleFingerprint,
        Server = PlainText.Of(welcome.Server, MessageBounds.Name),
        Solver = welcome.Solver,
        Limits = FromWire(welcome.Limits ?? new()),
        TakesMasks = welcome.TakesMasks,
        TakesLoras = welcome.TakesLoras,
        TakesPromptSyntax = welcome.TakesPromptSyntax,
    };

    public static Refine FromWire(Wire.Refine refine) => new()
    {
        RequestId = IdFromWire(refine.RequestId),
        Prompt = refine.Prompt,
        NegativePrompt = refine.NegativePrompt,
        GuidanceScale = refine.GuidanceScale,
        Steps = refine.Steps,
        Strength = refine.HasStrength ? refine.Strength : null,
        Seed = refine.Seed,
        Draft = FromWire(refine.Draft ?? new()),
        PreviewEvery = refine.PreviewEvery,
        Deadline = refine.HasDeadlineMicroseconds ? TimeFromWire(refine.DeadlineMicroseconds) : null,
        ResultEncoding = EnumFromWire<PictureEncoding>((int)refine.ResultEncoding),
        TraceParent = refine.HasTraceParent ? refine.TraceParent : null,
        Relay = refine.Relay is { } relay ? new RelayPoint { NextStep = relay.NextStep, Sigma = relay.Sigma } : null,
        Mask = refine.Mask is { } mask ? new MaskPayload { Height = mask.Height, Width = mask.Width, Bits = BytesFromWire(mask.Bits) } : null,
        Loras = [.. refine.Loras.Select(lora => new LoraReference(Convert.ToHexStringLower(lora.Sha256.Span), lora.Strength))],
        PromptNotation = EnumFromWire<PromptNotation>((int)refine.PromptSyntax),
    };

    public static Accepted FromWire(Wire.Accepted accepted) =>
        new() { RequestId = IdFromWire(accepted.RequestId), QueuePlace = accepted.QueuePlace };

    public static Progress FromWire(Wire.Progress progress) => new()
    {
        RequestId = IdFromWire(progress.RequestId),
        Step = progress.Step,
        Steps = progress.Steps,
        Preview = progress.HasPreview ? BytesFromWire(progress.Preview) : null,
    };

    public static Result FromWire(Wire.Result result) => new()
    {
        RequestId = IdFromWire(result.RequestId),
        Encoding = EnumFromWire<PictureEncoding>((int)result.Encoding),
        Picture = BytesFromWire(result.Picture),
        Strength = result.Strength,
        StepsRun = result.StepsRun,
        QueueTime = TimeFromWire(result.QueueMicroseconds),
        ComputeTime = TimeFromWire(result.ComputeMicroseconds),
    };

    public static Error FromWire(Wire.Error error) => new()
    {
        RequestId = IdFromWire(error.RequestId),
        Code = Enum.IsDefined(EnumFromWire<ErrorCode>((int)error.Code)) ? EnumFromWire<ErrorCode>((int)error.Code) : ErrorCode.Unknown,
        Text = PlainText.Of(error.Text, MessageBounds.ErrorText),
        Retryable = error.Retryable,
        RetryAfter = error.HasRetryAfterMicroseconds ? TimeFromWire(error.RetryAfterMicroseconds) : null,
    };

    public static Cancel FromWire(Wire.Cancel cancel) => new() { RequestId = IdFromWire(cancel.RequestId) };

    public static Ping FromWire(Wire.Ping ping) => new() { Number = ping.Number };

    public static Pong FromWire(Wire.Pong pong) => new() { Number = pong.Number };

    private static Wire.Hello ToWire(Hello hello)
    {
        var wire = new Wire.Hello
        {
            MinVersion = hello.MinVersion,
            MaxVersion = hello.MaxVersion,
            VaeFingerprint = hello.VaeFingerprint,
            ScheduleFingerprint = hello.ScheduleFingerprint,
            SessionId = ToWire(hello.SessionId),
            Client = PlainText.Of(hello.Client, MessageBounds.Name),
        };
        if (hello.Token is { } token)
        {
            wire.Token = token;
        }

        return wire;
    }

    private static Wire.Welcome ToWire(Welcome welcome) => new()
    {
        Version = welcome.Version,
        VaeFingerprint = welcome.VaeFingerprint,
        ScheduleFingerprint = welcome.ScheduleFingerprint,
        Server = PlainText.Of(welcome.Server, MessageBounds.Name),
        Solver = welcome.Solver,
        TakesMasks = welcome.TakesMasks,
        TakesLoras = welcome.TakesLoras,
        TakesPromptSyntax = welcome.TakesPromptSyntax,
        Limits = new()
        {
            MaxFrameBytes = welcome.Limits.MaxFrameBytes,
            MaxPromptLength = welcome.Limits.MaxPromptLength,
            MaxSteps = welcome.Limits.MaxSteps,
            MaxPixels = welcome.Limits.MaxPixels,
            MaxRequests = welcome.Limits.MaxRequests,
        },
    };

    private static ServerLimits FromWire(Wire.Limits limits) => new()
    {
        MaxFrameBytes = limits.MaxFrameBytes,
        MaxPromptLength = limits.MaxPromptLength,
        MaxSteps = limits.MaxSteps,
        MaxPixels = limits.MaxPixels,
        MaxRequests = limits.MaxRequests,
    };

    private static Wire.Refine ToWire(Refine refine)
    {
        var wire = new Wire.Refine
        {
            RequestId = ToWire(refine.RequestId),
            Prompt = refine.Prompt,
            NegativePrompt = refine.NegativePrompt,
            GuidanceScale = refine.GuidanceScale,
            Steps = refine.Steps,
            Seed = refine.Seed,
            Draft = ToWire(refine.Draft),
            PreviewEvery = refine.PreviewEvery,
            ResultEncoding = (Wire.PictureEncoding)refine.ResultEncoding,
            Relay = refine.Relay is { } relay ? new() { NextStep = relay.NextStep, Sigma = relay.Sigma } : null,
            Mask = refine.Mask is { } mask ? new() { Height = mask.Height, Width = mask.Width, Bits = ToWire(mask.Bits) } : null,
            PromptSyntax = (Wire.PromptSyntax)refine.PromptNotation,
        };
        wire.Loras.AddRange(refine.Loras.Select(
            lora => new Wire.Lora { Sha256 = ToWire(Convert.FromHexString(lora.Hash)), Strength = lora.Strength }));
        if (refine.Strength is { } strength)
        {
            wire.Strength = strength;
        }

        if (refine.Deadline is { } deadline)
        {
            wire.DeadlineMicroseconds = ToWire(deadline);
        }

        if (refine.TraceParent is { } traceParent)
        {
            wire.TraceParent = traceParent;
        }

        return wire;
    }

    private static Wire.Draft ToWire(DraftPayload draft) => new()
    {
        Encoding = (Wire.DraftEncoding)draft.Encoding,
        Channels = draft.Channels,
        Height = draft.Height,
        Width = draft.Width,
        Content = ToWire(draft.Bytes),
    };

    private static DraftPayload FromWire(Wire.Draft draft) => new()
    {
        Encoding = EnumFromWire<DraftEncoding>((int)draft.Encoding),
        Channels = draft.Channels,
        Height = draft.Height,
        Width = draft.Width,
        Bytes = BytesFromWire(draft.Content),
    };

    private static Wire.Progress ToWire(Progress progress)
    {
        var wire = new Wire.Progress { RequestId = ToWire(progress.RequestId), Step = progress.Step, Steps = progress.Steps };
        if (progress.Preview is { } preview)
        {
            wire.Preview = ToWire(preview);
        }

        return wire;
    }

    private static Wire.Result ToWire(Result result) => new()
    {
        RequestId = ToWire(result.RequestId),
        Encoding = (Wire.PictureEncoding)result.Encoding,
        Picture = ToWire(result.Picture),
        Strength = result.Strength,
        StepsRun = result.StepsRun,
        QueueMicroseconds = ToWire(result.QueueTime),
        ComputeMicroseconds = ToWire(result.ComputeTime),
    };

    private static Wire.Error ToWire(Error error)
    {
        var wire = new Wire.Error
        {
            RequestId = ToWire(error.RequestId),
            Code = (Wire.ErrorCode)error.Code,
            Text = PlainText.Of(error.Text, MessageBounds.ErrorText),
            Retryable = error.Retryable,
        };
        if (error.RetryAfter is { } retryAfter)
        {
            wire.RetryAfterMicroseconds = ToWire(retryAfter);
        }

        return wire;
    }

    private static ByteString ToWire(Guid id) => id == Guid.Empty ? ByteString.Empty : ByteString.CopyFrom(id.ToByteArray(bigEndian: true));

    private static ByteString ToWire(byte[] bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static long ToWire(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    // Anything that is no id is none.
    private static Guid IdFromWire(ByteString id) => id.Length == IdBytes ? new Guid(id.Span, bigEndian: true) : Guid.Empty;

    // What was read belongs to nobody else, and need not be copied.
    private static byte[] BytesFromWire(ByteString bytes) =>
        MemoryMarshal.TryGetArray(bytes.Memory, out var segment) && segment is { Array: { } array, Offset: 0 } && segment.Count == array.Length
            ? array
            : bytes.ToByteArray();

    // Out of range stays out of range.
    private static TimeSpan TimeFromWire(long microseconds) => TimeSpan.FromTicks(
        Math.Clamp(microseconds, -1, (long)MessageBounds.Time.TotalMicroseconds + 1) * TimeSpan.TicksPerMicrosecond);

    private static TEnum EnumFromWire<TEnum>(int value)
        where TEnum : struct, Enum => (TEnum)Enum.ToObject(typeof(TEnum), value is >= 0 and < byte.MaxValue ? value : byte.MaxValue);
}
