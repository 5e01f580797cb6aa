using System.Buffers.Binary;
using System.Collections.Concurrent;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace DiffusionX.Transport.Nats;

/// <summary>
/// A worker's side of the fleet: takes a request whenever it has a free place, says that it is at it, and writes its outcome, unless another
/// worker was first. It may die at any time; what it has not finished is given to another one.
/// </summary>
internal sealed class FleetWorker : IAsyncDisposable
{
    // For how long a place asks for its next request before it asks again: a worker that is to stop waits as long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly FleetConnection fleet;
    private readonly WorkerHeartbeat description;
    private readonly Func<FleetTask, CancellationToken, Task<RequestMessage>> compute;
    private readonly ILogger log;
    private readonly ConcurrentDictionary<string, CancellationTokenSource> running = new();
    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task speaking;
    private readonly Task pulling;

    /// <param name="fleet">The connection; it stays the caller's.</param>
    /// <param name="description">What the worker says of itself; its places are how many requests it takes at once.</param>
    /// <param name="compute">Computes a request, and never fails itself.</param>
    /// <param name="log">Where it logs to.</param>
    public FleetWorker(
        FleetConnection fleet, WorkerHeartbeat description, Func<FleetTask, CancellationToken, Task<RequestMessage>> compute, ILogger log)
    {
        this.fleet = fleet;
        this.description = description;
        this.compute = compute;
        this.log = log;
        FleetTelemetry.Track(this);
        speaking = Task.WhenAll(Task.Run(SpeakAsync), Task.Run(HearCancelsAsync));
        pulling = Task.WhenAll(Enumerable.Range(0, description.Places).Select(_ => Task.Run(PullAsync)));
    }

    /// <summary>How many requests it computes at once.</summary>
    public int Places => draining.IsCancellationRequested ? 0 : description.Places;

    /// <summary>How many it computes now.</summary>
    public int Busy => running.Count;

    /// <summary>Takes no more requests, and finishes those that it has.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before; disposing gives the rest to other workers.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await draining.CancelAsync().ConfigureAwait(false);
        await pulling.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops now: what it has begun is given to other workers at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await draining.CancelAsync().ConfigureAwait(false);
        await closing.CancelAsync().ConfigureAwait(false);
        await pulling.ConfigureAwait(false);
        await speaking.ConfigureAwait(false);
        FleetTelemetry.Forget(this);
        draining.Dispose();
        closing.Dispose();
    }

    private async Task PullAsync()
    {
        INatsJSConsumer? consumer = null;
        while (!draining.IsCancellationRequested)
        {
            try
            {
                consumer ??= await fleet.ConsumerAsync(description.Model, draining.Token).ConfigureAwait(false);
                if (await consumer.NextAsync<byte[]>(opts: new NatsJSNextOpts { Expires = Patience }, cancellationToken: closing.Token).ConfigureAwait(false) is { } message)
                {
                    await HandleAsync(message).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it is, a worker that no longer asks would be none. Also where NATS has lost the consumer.
                consumer = null;
                log.NotPulled(error.Message);
                await Task.Delay(RetryPause).ConfigureAwait(false);
            }
        }
    }

    private async Task HandleAsync(INatsJSMsg<byte[]> message)
    {
        if (message.Metadata is not { } metadata)
        {
            return;
        }

        await SayTakenAsync(metadata.Sequence.Stream).ConfigureAwait(false);
        if (message.Data is not { } bytes || FleetConnection.Read(bytes) is not Refine request || KeyOf(message) is not { } key)
        {
            log.NoRequest();
            await message.AckTerminateAsync(cancellationToken: closing.Token).ConfigureAwait(false);
            return;
        }

        using var hold = new DeliveryHold(message, fleet.Options.AckWait);
        await new DeliveredRequest(fleet, request, key, metadata, hold, log).RunAsync(ComputeAsync, closing.Token).ConfigureAwait(false);
    }

    /// <returns>The outcome; null where somebody has taken the request back, and has written why.</returns>
    private async Task<RequestMessage?> ComputeAsync(string key, FleetTask task)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
        running[key] = stopping;
        try
        {
            var outcome = await compute(task, stopping.Token).ConfigureAwait(false);
            return stopping.IsCancellationRequested && !closing.IsCancellationRequested ? null : outcome;
        }
        finally
        {
            running.TryRemove(key, out _);
        }
    }

    // A request that was given up and asked for again has a number behind its key.
    private static string? KeyOf(INatsJSMsg<byte[]> message) =>
        message.Headers is { } headers && headers.TryGetValue("Nats-Msg-Id", out var id) ? id.ToString().Split('.')[0] : null;

    private ValueTask SayTakenAsync(ulong number)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return fleet.Connection.PublishAsync(fleet.Names.Taken(description.Model), bytes, cancellationToken: closing.Token);
    }

    private async Task SpeakAsync()
    {
        using var timer = new PeriodicTimer(fleet.Options.Heartbeat);
        try
        {
            do
            {
                await SpeakOnceAsync().ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(closing.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    private async Task SpeakOnceAsync()
    {
        try
        {
            var heartbeat = description with { Places = Places, Busy = Busy };
            await fleet.Connection.PublishAsync(fleet.Names.Worker(description.Model, description.Worker), heartbeat.ToBytes(), cancellationToken: closing.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            log.NotWritten(error.Message);
        }
    }

    private async Task HearCancelsAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await foreach (var message in fleet.Connection.SubscribeAsync<byte[]>(fleet.Names.AnyCancel, cancellationToken: closing.Token).ConfigureAwait(false))
                {
                    if (running.TryGetValue(FleetNames.LastToken(message.Subject), out var stopping))
                    {
                        Cancel(stopping);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NatsException error)
            {
                log.NotHeard(fleet.Names.AnyCancel, error.Message);
                await Task.Delay(RetryPause).ConfigureAwait(false);
            }
        }
    }

    // It may end at the same moment.
    private static void Cancel(CancellationTokenSource stopping)
    {
        try
        {
            stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }
}
