using System.Runtime.CompilerServices;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Cli.Fleet;

/// <summary>The workers of a fleet as what computes a gateway's requests. It offers the models that have live workers.</summary>
internal sealed class GatewayBackend(FleetClient fleet, CloudRefinerOptions options, ILogger log) : IRefinementBackend
{
    // So many requests for each place of a worker are in the queue: what waits there is given out at once, and what waits here in turns.
    private const int RequestsPerPlace = 2;
    private const int FewestInQueue = 4;

    private static readonly TimeSpan NoWorkerRetry = TimeSpan.FromSeconds(1);

    // What each client was told in its handshake holds for all that it asks for, whoever comes and goes.
    private readonly ConditionalWeakTable<Hello, OfferedModel> offers = [];

    public int Places => Math.Max(RequestsPerPlace * fleet.Roster.Places, FewestInQueue);

    // The workers' own queues are all that it knows of: what it gives them beyond their places would only wait there.
    public int PlacesOfNewcomers => 0;

    public int FirstPlace => 1;

    public HandshakeReply Greet(Hello client)
    {
        if (Choose(client) is not { } model)
        {
            return ErrorReplies.OverCapacity(Guid.Empty, "No worker is there to refine just now.", NoWorkerRetry);
        }

        offers.AddOrUpdate(client, model);
        return model.Welcome;
    }

    public string? FindFault(Refine request, Hello client) => OfferTo(client).FindFault(request, client);

    public async Task<(RequestMessage Outcome, TimeSpan Compute)> RunAsync(RefinementJob job, RequestDispatcher dispatcher)
    {
        var outcome = await RunInFleetAsync(job, dispatcher).ConfigureAwait(false);
        var compute = outcome is Result result ? result.ComputeTime : TimeSpan.Zero;
        var waited = options.TimeProvider.GetElapsedTime(job.Arrived) - compute;
        return (outcome is Result refined ? refined with { QueueTime = waited > TimeSpan.Zero ? waited : TimeSpan.Zero } : outcome, compute);
    }

    private OfferedModel OfferTo(Hello client) =>
        offers.TryGetValue(client, out var offer) ? offer : throw new InvalidOperationException("The client was not greeted.");

    private OfferedModel? Choose(Hello client) => fleet.Roster.Live()
        .Where(worker => worker.Places > 0)
        .GroupBy(worker => worker.Model)
        .Select(workers => new OfferedModel([.. workers], options))
        .OrderByDescending(model => model.FitsTo(client))
        .ThenByDescending(model => model.Places)
        .ThenBy(model => model.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    private async Task<RequestMessage> RunInFleetAsync(RefinementJob job, RequestDispatcher dispatcher)
    {
        var request = new FleetRequest
        {
            Key = FleetNames.Key(job.Key.Session, job.Key.Request),
            Model = OfferTo(job.Hello).Name,
            Message = job.Request,
            Tell = message => dispatcher.Tell(job, message),
            MoveTo = place => dispatcher.MoveTo(job, place),
        };
        try
        {
            return await fleet.RunAsync(request, job.Stopping).ConfigureAwait(false);
        }
        catch (RequestTakenOverException)
        {
            return ErrorReplies.Stopped(job.Key.Request, StopReason.Abandoned);
        }
        catch (OperationCanceledException)
        {
            return await WithdrawAsync(request.Key, job).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            CloudLog.Failed(log, error, job.Key.Name);
            return ErrorReplies.Internal(job.Key.Request);
        }
    }

    // A gateway that shuts down leaves its requests to the next one that their clients come to.
    private async Task<RequestMessage> WithdrawAsync(string key, RefinementJob job)
    {
        var end = ErrorReplies.Stopped(job.Key.Request, job.StopReason);
        if (job.StopReason != StopReason.ShuttingDown)
        {
            await fleet.WithdrawAsync(key, end).ConfigureAwait(false);
        }

        return end;
    }
}
