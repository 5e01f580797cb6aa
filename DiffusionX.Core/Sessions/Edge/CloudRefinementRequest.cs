using DiffusionX.Imaging;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// One request to the cloud, over as many attempts as it takes. All attempts have the same request id: a cloud that has the request already
/// goes on with it, or sends the result that it has kept.
/// </summary>
internal sealed class CloudRefinementRequest
{
    private const int MostAttempts = 100;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    private readonly CloudLink cloud;
    private readonly EdgeSessionOptions session;
    private readonly Round round;
    private readonly IProgress<RefinementProgress>? progress;
    private readonly string? traceParent;
    private readonly ILogger log;
    private readonly long began;
    private long lastSign;

    public CloudRefinementRequest(DraftEncoder preparation, CloudLink cloud, EdgeSessionOptions session, Round round, IProgress<RefinementProgress>? progress, string? traceParent)
    {
        Preparation = preparation;
        this.cloud = cloud;
        this.session = session;
        this.round = round;
        this.progress = progress;
        this.traceParent = traceParent;
        log = session.Logs.CreateLogger<EdgeSession>();
        began = lastSign = session.TimeProvider.GetTimestamp();
    }

    /// <summary>What logs and traces call it.</summary>
    public string Name => SecretId.NameOf(RequestId);

    public int Attempts { get; private set; }

    public TimeSpan Connecting { get; private set; }

    /// <summary>Attempts that came to nothing, and the pauses after them.</summary>
    public TimeSpan FailedAttempts { get; private set; }

    /// <summary>What crosses the link.</summary>
    public DraftEncoder Preparation { get; }

    private Guid RequestId { get; } = SecretId.New();

    private RefinementOptions Options => session.Refinement;

    private TimeProvider Time => session.TimeProvider;

    /// <summary>Asks the cloud until it answers or is given up.</summary>
    /// <exception cref="RefinementException">It is given up; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the cloud was told.</exception>
    public async Task<CloudAnswer> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Pipeline().ExecuteAsync(AttemptAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException timeout)
        {
            throw new RefinementException($"The cloud gave no result within {Options.Deadline.TotalSeconds:0.#} s, in {AttemptsInWords}.", timeout);
        }
        catch (TransportException trouble)
        {
            throw new RefinementException($"The cloud can't be reached, in {AttemptsInWords}: {trouble.Message}", trouble);
        }
    }

    private ResiliencePipeline<CloudAnswer> Pipeline() => new ResiliencePipelineBuilder<CloudAnswer> { TimeProvider = Time }
        .AddTimeout(new TimeoutStrategyOptions { Timeout = Options.Deadline })
        .AddRetry(new RetryStrategyOptions<CloudAnswer>
        {
            MaxRetryAttempts = MostAttempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = Options.FirstPause,
            MaxDelay = Options.LongestPause,
            ShouldHandle = arguments => new(IsWorthAnotherAttempt(arguments.Outcome.Exception)),
            DelayGenerator = arguments => new(WishedPause(arguments.Outcome.Exception)),
            OnRetry = arguments =>
            {
                var trouble = arguments.Outcome.Exception!;
                log.AttemptFailed(Name, Attempts, arguments.RetryDelay, trouble.Message);
                progress?.Report(new(RefinementStage.Pausing, Attempts, Elapsed) { Trouble = trouble.Message });
                return default;
            },
        })
        .Build();

    private string AttemptsInWords => Attempts == 1 ? "1 attempt" : $"{Attempts} attempts";

    private TimeSpan Elapsed => Time.GetElapsedTime(began);

    private bool IsWorthAnotherAttempt(Exception? trouble) => trouble switch
    {
        RefinementException { Refusal.Retryable: true } or HandshakeException { Refusal.Retryable: true } => Elapsed + (WishedPause(trouble) ?? TimeSpan.Zero) < Options.Deadline,
        ConnectionLostException or ConnectionFailedException => Time.GetElapsedTime(lastSign) < Options.IdleTimeout,
        _ => false,
    };

    // A cloud can ask for a longer pause, and not for a shorter one.
    private TimeSpan? WishedPause(Exception? trouble)
    {
        var refusal = trouble switch
        {
            RefinementException refined => refined.Refusal,
            HandshakeException handshake => handshake.Refusal,
            _ => null,
        };
        return refusal?.RetryAfter is { } wish ? Longer(wish, Longer(Options.FirstPause, ShortestPause)) : null;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async ValueTask<CloudAnswer> AttemptAsync(CancellationToken cancellationToken)
    {
        if (++Attempts == 1)
        {
            Connecting = Elapsed;
        }
        else
        {
            FailedAttempts = Elapsed - Connecting - Preparation.Elapsed;
        }

        var connection = await ReachAsync(cancellationToken).ConfigureAwait(false);
        var draft = await PrepareAsync(connection.Welcome, cancellationToken).ConfigureAwait(false);
        using var responses = connection.OpenStream(RequestId);
        try
        {
            progress?.Report(new(RefinementStage.Sending, Attempts, Elapsed));
            var sent = Time.GetTimestamp();
            await connection.SendAsync(Request(draft), cancellationToken).ConfigureAwait(false);
            return await ListenAsync(responses, connection, sent, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // The cloud was there until now, though it may have said nothing for long: the time begins anew.
            lastSign = Time.GetTimestamp();
            throw;
        }
        catch (Exception error) when (error is not DiffusionXException)
        {
            await CancelAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CloudConnection> ReachAsync(CancellationToken cancellationToken)
    {
        progress?.Report(new(RefinementStage.Connecting, Attempts, Elapsed));
        var start = Time.GetTimestamp();
        using var timeout = new CancellationTokenSource(Options.IdleTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var connection = await cloud.ConnectAsync(either.Token).ConfigureAwait(false);
            lastSign = Time.GetTimestamp();
            return connection;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionFailedException($"The cloud did not answer within {Options.IdleTimeout.TotalSeconds:0.#} s.");
        }
        finally
        {
            Connecting += Time.GetElapsedTime(start);
        }
    }

    private Task<EncodedDraft> PrepareAsync(Welcome welcome, CancellationToken cancellationToken)
    {
        if (Preparation.Prepared is null)
        {
            progress?.Report(new(RefinementStage.Preparing, Attempts, Elapsed));
        }

        return Preparation.PrepareAsync(welcome, cancellationToken);
    }

    private Refine Request(EncodedDraft draft) => new()
    {
        RequestId = RequestId,
        Prompt = round.Prompt,
        NegativePrompt = session.NegativePrompt,
        PromptNotation = session.PromptSyntax.ToNotation(),
        GuidanceScale = Options.GuidanceScale,
        Steps = Options.Steps,
        Strength = draft.Strength,
        Seed = unchecked(round.Seed + 1),
        Draft = draft.Payload,
        Relay = draft.Relay,
        Mask = draft.Mask,
        Loras = draft.Loras,
        PreviewEvery = Options.PreviewEvery,
        Deadline = Rest(Options.Deadline, Elapsed),
        ResultEncoding = Options.ResultFormat.ToEncoding(),
        TraceParent = traceParent,
    };

    private async Task<CloudAnswer> ListenAsync(ResponseStream responses, CloudConnection connection, long sent, CancellationToken cancellationToken)
    {
        var server = connection.Welcome.Server;
        long? accepted = null;
        var pace = new StepPace(Time);
        while (true)
        {
            var message = await responses.NextAsync(cancellationToken).ConfigureAwait(false);
            accepted ??= Time.GetTimestamp();
            switch (message)
            {
                case Result result:
                    // A handshake may be held up by what has nothing to do with the link; that the cloud has the request is a round trip too.
                    var roundTrip = Time.GetElapsedTime(sent, accepted.Value);
                    var uplink = roundTrip - Shorter(connection.OneWay, roundTrip / 2);
                    var downlink = Rest(Time.GetElapsedTime(sent), uplink + result.QueueTime + result.ComputeTime);
                    return new CloudAnswer(result, server, uplink, downlink, connection.Welcome, Shorter(connection.OneWay, roundTrip / 2), pace.Step);
                case Error refusal:
                    throw new RefinementException($"{server} refused: {refusal.Text}", refusal.ToRefusal());
                default:
                    pace.Hear(message as Progress);
                    Report(message);
                    break;
            }
        }
    }

    // A request that was resumed may have been computed before it was accepted again.
    private static TimeSpan Rest(TimeSpan whole, TimeSpan part) => whole > part ? whole - part : TimeSpan.Zero;

    private void Report(RequestMessage message)
    {
        switch (message)
        {
            case Accepted accepted:
                progress?.Report(new(RefinementStage.Queued, Attempts, Elapsed) { QueuePlace = accepted.QueuePlace });
                break;
            case Progress step:
                progress?.Report(new(RefinementStage.Refining, Attempts, Elapsed) { Step = step.Step, Steps = step.Steps, Preview = Preview(step) });
                break;
        }
    }

    // A preview is worth no error: one that is larger than the picture, or none, is left out.
    private Picture? Preview(Progress step)
    {
        if (step.Preview is not { } encoded || PictureHeader.Read(encoded) is not { } header || !Preparation.Fits(header, isPreview: true))
        {
            return null;
        }

        try
        {
            return Picture.Decode(encoded);
        }
        catch (PictureException)
        {
            return null;
        }
    }

    // The caller has given up already, and is not kept waiting for a link that may be dead.
    private async Task CancelAsync(CloudConnection connection)
    {
        using var limit = new CancellationTokenSource(CloseTimeout, Time);
        try
        {
            await connection.SendAsync(new Cancel { RequestId = RequestId }, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException or ObjectDisposedException)
        {
            log.CancelNotSent(Name, error.Message);
        }
    }
}

/// <summary>How long the cloud takes for a step, by when the first and the last one are told of.</summary>
internal sealed class StepPace(TimeProvider time)
{
    private (int Step, long At)? first;
    private (int Step, long At) last;

    /// <summary>The mean of the steps; null where fewer than two were told of.</summary>
    public TimeSpan? Step => first is { } from && last.Step > from.Step ? time.GetElapsedTime(from.At, last.At) / (last.Step - from.Step) : null;

    /// <summary>Something arrived, perhaps that a step is done.</summary>
    public void Hear(Progress? progress)
    {
        if (progress is { Step: > 0 })
        {
            last = (progress.Step, time.GetTimestamp());
            first ??= last;
        }
    }
}
