using System.Threading.Channels;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace DiffusionX.Transport.Nats;

/// <summary>One request in the hands of a worker, from its delivery to its outcome.</summary>
internal sealed class DeliveredRequest(
    FleetConnection fleet, Refine request, string key, NatsJSMsgMetadata metadata, DeliveryHold hold, ILogger log)
{
    private const int NameDigits = 8;
    private const int RoomForNotices = 16;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    // What can't be said in time is left out, the oldest first; the outcome goes its own way.
    private readonly Channel<(RequestMessage? Notice, byte[]? SavedRun)> said = Channel.CreateBounded<(RequestMessage?, byte[]?)>(
        new BoundedChannelOptions(RoomForNotices) { FullMode = BoundedChannelFullMode.DropOldest });

    private bool hasSaved;

    private string Name => key[..NameDigits];

    /// <summary>Computes it, unless it has ended before, and writes its outcome.</summary>
    /// <param name="compute">Computes it; gives null where the request was taken back.</param>
    /// <param name="closing">The worker stops now.</param>
    public async Task RunAsync(Func<string, FleetTask, Task<RequestMessage?>> compute, CancellationToken closing)
    {
        if (await UntilWrittenAsync(() => FindEndAsync(closing), closing).ConfigureAwait(false) is { } before)
        {
            log.FinishedBefore(Name);
            await NoticeAsync(before, closing).ConfigureAwait(false);
            await hold.ReleaseAsync(closing).ConfigureAwait(false);
            return;
        }

        if (metadata.NumDelivered > (ulong)fleet.Options.MaxDeliveries)
        {
            log.Poisonous(Name, fleet.Options.MaxDeliveries);
            await EndAsync(Poisonous(), closing).ConfigureAwait(false);
            return;
        }

        var saying = SayAsync(closing);
        var outcome = await ComputeAsync(compute, closing).ConfigureAwait(false);
        said.Writer.TryComplete();
        await saying.ConfigureAwait(false);
        if (closing.IsCancellationRequested)
        {
            await hold.ReturnAsync().ConfigureAwait(false);
        }
        else if (outcome is null)
        {
            // Its client may have asked for it anew in the meantime, and this would be the end of that.
            await hold.ReleaseAsync(closing).ConfigureAwait(false);
        }
        else
        {
            await EndAsync(Fitting(outcome), closing).ConfigureAwait(false);
        }
    }

    // Looked at when this process started; NATS may have begun anew with less since then, and would never take it.
    private RequestMessage Fitting(RequestMessage outcome)
    {
        if (outcome is not Result { Picture.Length: var length } || length <= fleet.MaxBytes)
        {
            return outcome;
        }

        log.TooLarge(Name, length, fleet.MaxBytes);
        return FleetConnection.TooLarge(request.RequestId);
    }

    private async Task<RequestMessage?> FindEndAsync(CancellationToken closing) =>
        (await fleet.FindOutcomeAsync(key, closing).ConfigureAwait(false))?.Outcome;

    private async Task<RequestMessage?> ComputeAsync(Func<string, FleetTask, Task<RequestMessage?>> compute, CancellationToken closing)
    {
        var savedRun = await FindSavedRunAsync(closing).ConfigureAwait(false);
        var queued = DateTimeOffset.UtcNow - metadata.Timestamp;
        var task = new FleetTask
        {
            Request = request,
            Queued = queued > TimeSpan.Zero ? queued : TimeSpan.Zero,
            SavedRun = savedRun,
            Tell = Tell,
            Save = saved => said.Writer.TryWrite((null, saved)),
        };
        Tell(new Accepted { RequestId = request.RequestId, QueuePlace = 0 });
        log.Begun(Name);
        FleetTelemetry.Taken(task.Queued, metadata.NumDelivered);
        try
        {
            return await compute(key, task).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            log.Failed(error, Name);
            return Failed("The cloud failed at this request; its log says why.");
        }
    }

    private async Task<byte[]?> FindSavedRunAsync(CancellationToken closing)
    {
        if (metadata.NumDelivered == 1)
        {
            return null;
        }

        log.Redelivered(Name, metadata.NumDelivered);
        hasSaved = true;
        return await UntilWrittenAsync(
            async () => (await FleetConnection.FindAsync(fleet.SavedRuns, key, closing).ConfigureAwait(false))?.Value, closing).ConfigureAwait(false);
    }

    private void Tell(RequestMessage message)
    {
        hold.Step();
        said.Writer.TryWrite((message, null));
    }

    private async Task SayAsync(CancellationToken closing)
    {
        await foreach (var (notice, savedRun) in said.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await SayAsync(notice, savedRun, closing).ConfigureAwait(false);
            }
            catch (Exception error) when (error is NatsException or OperationCanceledException)
            {
                // Progress is told again with the next step, and a run saved.
            }
        }
    }

    private async Task SayAsync(RequestMessage? notice, byte[]? savedRun, CancellationToken closing)
    {
        if (notice is not null)
        {
            await NoticeAsync(notice, closing).ConfigureAwait(false);
        }

        if (savedRun is not null && savedRun.Length <= fleet.MaxBytes)
        {
            hasSaved = true;
            await fleet.SavedRuns.PutAsync(key, savedRun, cancellationToken: closing).ConfigureAwait(false);
        }
    }

    private ValueTask NoticeAsync(RequestMessage message, CancellationToken closing) =>
        fleet.Connection.PublishAsync(fleet.Names.Notice(key), MessageSerializer.Serialize(message), cancellationToken: closing);

    private async Task EndAsync(RequestMessage outcome, CancellationToken closing)
    {
        var isFirst = await UntilWrittenAsync(() => fleet.TryEndAsync(key, outcome, closing).AsTask(), closing).ConfigureAwait(false);
        if (isFirst)
        {
            await NoticeAsync(outcome, closing).ConfigureAwait(false);
        }
        else
        {
            log.FinishedBefore(Name);
        }

        await hold.ReleaseAsync(closing).ConfigureAwait(false);
        if (hasSaved)
        {
            await fleet.SavedRuns.TryDeleteAsync(key, cancellationToken: closing).ConfigureAwait(false);
        }
    }

    // What is done is done, however long NATS can't be reached.
    private async Task<T> UntilWrittenAsync<T>(Func<Task<T>> write, CancellationToken closing)
    {
        while (true)
        {
            try
            {
                return await write().ConfigureAwait(false);
            }
            catch (NatsException error)
            {
                log.NotWritten(error.Message);
                await Task.Delay(RetryPause, closing).ConfigureAwait(false);
            }
        }
    }

    private Error Poisonous() => Failed(
        $"The request was begun by {fleet.Options.MaxDeliveries} workers, and none of them came to its end. It is not tried again; the workers' logs say why.");

    private Error Failed(string text) => new() { RequestId = request.RequestId, Code = ErrorCode.Internal, Text = text };
}
