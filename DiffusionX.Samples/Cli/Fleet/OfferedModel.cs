using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;

namespace DiffusionX.Cli.Fleet;

/// <summary>A model that a gateway's clients can be given, as its workers describe it.</summary>
/// <param name="workers">The workers that have it, at least one.</param>
/// <param name="options">What the gateway takes.</param>
internal sealed class OfferedModel(IReadOnlyList<WorkerHeartbeat> workers, CloudRefinerOptions options)
{
    private readonly WorkerHeartbeat any = workers[0];

    /// <summary>The LoRAs that all of its workers have: any of them may get a request.</summary>
    private readonly HashSet<string> loras =
        [.. workers.Skip(1).Aggregate(workers[0].Loras.AsEnumerable(), (common, worker) => common.Intersect(worker.Loras))];

    /// <summary>Its name in subjects.</summary>
    public string Name => any.Model;

    /// <summary>How many requests its workers compute at once.</summary>
    public int Places => workers.Sum(worker => worker.Places);

    public Welcome Welcome => new()
    {
        VaeFingerprint = any.VaeFingerprint,
        ScheduleFingerprint = any.ScheduleFingerprint,
        Solver = any.Solver,
        Server = options.Name,
        TakesMasks = true,
        TakesLoras = true,
        TakesPromptSyntax = true,
        Limits = options.Limits,
    };

    /// <summary>How well a client's own model goes with it: whether drafts can be latents, and runs be gone on with.</summary>
    public int FitsTo(Hello client) => client.VaeFingerprint != any.VaeFingerprint ? 0 : client.ScheduleFingerprint != any.ScheduleFingerprint ? 1 : 2;

    /// <summary>What is wrong with a request, for its sender; null for a good one.</summary>
    public string? FindFault(Refine request, Hello client)
    {
        var drafts = new DraftLimits(any.VaeFingerprint, any.LatentChannels, any.PixelsPerLatent, options.MaxPixels);
        return new RequestLimits(options.Limits, drafts, loras, any.ScheduleFingerprint).FindFault(request, client);
    }
}
