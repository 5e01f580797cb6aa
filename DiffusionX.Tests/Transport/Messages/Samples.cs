using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>One message of each kind, with something in every field.</summary>
internal static class Samples
{
    public static readonly Guid Id = new("0f8fad5b-d9cb-469f-a165-70867728950e");

    public static DraftPayload Draft { get; } = new()
    {
        Encoding = DraftEncoding.Float16Latent,
        Channels = 4,
        Height = 16,
        Width = 24,
        Bytes = [.. Enumerable.Range(0, 200).Select(i => (byte)i)],
    };

    public static Refine Refine { get; } = new()
    {
        RequestId = Id,
        Prompt = "a red house under a yellow moon, at night: größer, 家",
        NegativePrompt = "blurry",
        GuidanceScale = 6.5,
        Steps = 20,
        Strength = 0.35,
        Seed = -7,
        Draft = Draft,
        PreviewEvery = 4,
        Deadline = TimeSpan.FromSeconds(12.5),
        ResultEncoding = PictureEncoding.WebP,
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        Relay = new RelayPoint { NextStep = 3, Sigma = 1.25 },
        Mask = new MaskPayload { Height = 2, Width = 5, Bits = [0xF0, 0x40] },
        Loras = [new LoraReference(new string('a', 64), -0.75), new LoraReference(new string('1', 64), 1)],
        PromptNotation = PromptNotation.Weighted,
    };

    public static Result Result { get; } = new()
    {
        RequestId = Id,
        Encoding = PictureEncoding.Jpeg,
        Picture = [9, 8, 7],
        Strength = 0.35,
        StepsRun = 7,
        QueueTime = TimeSpan.FromSeconds(0.25),
        ComputeTime = TimeSpan.FromSeconds(1.5),
    };

    public static Error Error { get; } = new()
    {
        RequestId = Id,
        Code = ErrorCode.OverCapacity,
        Text = "The queue is full. Try again later.",
        Retryable = true,
        RetryAfter = TimeSpan.FromSeconds(3),
    };

    public static Hello Hello { get; } = new()
    {
        Token = "s3cret",
        VaeFingerprint = "vae",
        ScheduleFingerprint = "linear",
        SessionId = Id,
        Client = "a phone",
    };

    public static Welcome Welcome { get; } = new()
    {
        VaeFingerprint = "vae",
        ScheduleFingerprint = "linear",
        Server = "a cloud",
        Solver = "DpmSolverMultistep",
        TakesMasks = true,
        TakesLoras = true,
        TakesPromptSyntax = true,
        Limits = new() { MaxFrameBytes = 20_000_000, MaxPromptLength = 900, MaxSteps = 60, MaxPixels = 300_000, MaxRequests = 3 },
    };

    public static Accepted Accepted { get; } = new() { RequestId = Id, QueuePlace = 3 };

    public static Progress Progress { get; } = new() { RequestId = Id, Step = 2, Steps = 7, Preview = [1, 2, 3] };

    public static Cancel Cancel { get; } = new() { RequestId = Id };

    public static IReadOnlyList<Message> All { get; } =
    [
        Hello,
        Welcome,
        Refine,
        Accepted,
        Progress,
        Result,
        Error,
        Cancel,
        new Ping { Number = 5 },
        new Pong { Number = 5 },
    ];
}
