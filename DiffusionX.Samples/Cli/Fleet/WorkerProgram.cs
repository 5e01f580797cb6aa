using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Nats;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DiffusionX.Cli.Fleet;

/// <summary>
/// What <c>diffusionx worker</c> does: refine what comes through NATS until it is told to stop, then finish what it has begun.
/// </summary>
internal sealed class WorkerProgram(WorkerSettings settings)
{
    public async Task<int> RunAsync(CancellationToken stop)
    {
        await using var monitoring = await MonitoringHost.StartAsync(settings.Monitoring, stop);
        var log = new RateLimitedLogger(monitoring.Logs.CreateLogger<WorkerProgram>(), TimeProvider.System);

        // Before seconds are spent on the model.
        var limits = new CloudRefinerOptions { MaxPixels = settings.MaxPixels }.Limits;
        await using var connection = await FleetConnection.OpenAsync(settings.Nats, limits.MaxFrameBytes, stop);
        using var model = await DiffusionModel.LoadAsync(settings.ModelFolder, settings.Model, cancellationToken: stop);
        var strength = await settings.Strengths.TryLoadCloudAsync(stop);
        using var disposed = strength as IDisposable;
        var options = Options(strength, monitoring.Logs);
        options.Validate();
        var backend = await LocalBackend.OpenAsync(model, options, log, stop);
        var description = await DescribeAsync(model, backend, stop);
        await using var worker = new FleetWorker(connection, description, (task, stopping) => ComputeAsync(backend, task, stopping), log);
        var isDraining = false;
        monitoring.Show(() => new JsonObject { ["busy"] = worker.Busy, ["places"] = description.Places, ["draining"] = isDraining });
        Consoles.Output.WriteLine($"Refining with {description.ModelName} ({description.Model}); Ctrl-C stops.");
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        isDraining = true;
        await Draining.RunAsync(
            settings.DrainLimit, worker.DrainAsync, "nothing new is taken, and what was is finished.", "other workers get what was not finished.");
        return 0;
    }

    private CloudRefinerOptions Options(IStrengthPredictor? strength, ILoggerFactory logs)
    {
        var options = new CloudRefinerOptions
        {
            Loras = settings.Loras,
            MaxPixels = settings.MaxPixels,
            Scheduler = GenerationDefaults.Read(settings.ModelFolder).Scheduler,
            Logs = logs,
        };
        return strength is null ? options : options with { Strength = strength };
    }

    private async Task<WorkerHeartbeat> DescribeAsync(DiffusionModel model, LocalBackend backend, CancellationToken stop)
    {
        var fingerprints = await model.FingerprintAsync(stop);
        var unet = await model.FingerprintUNetAsync(stop);
        var solver = backend.Welcome.Solver;
        return new WorkerHeartbeat
        {
            Worker = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 8)),

            // All that its results depend on, and that two workers may differ in.
            Model = FleetNames.Model($"{unet} {fingerprints.TextEncoder} {fingerprints.Vae} {fingerprints.NoiseSchedule} {solver} {model.ComputedIn} {settings.Strengths.Description}"),
            ModelName = Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.ModelFolder)),
            VaeFingerprint = fingerprints.Vae,
            ScheduleFingerprint = fingerprints.NoiseSchedule,
            Solver = solver,
            LatentChannels = model.LatentChannels,
            PixelsPerLatent = model.PixelsPerLatent,
            Loras = [.. backend.LoraHashes],
            Places = backend.Places,
        };
    }

    // A gateway has looked at the request, and is not trusted with this machine's memory all the same.
    private async Task<RequestMessage> ComputeAsync(LocalBackend backend, FleetTask task, CancellationToken stopping)
    {
        var own = new Hello { VaeFingerprint = backend.Welcome.VaeFingerprint, ScheduleFingerprint = backend.Welcome.ScheduleFingerprint };
        if (backend.FindFault(task.Request, own) is { } fault)
        {
            return ErrorReplies.Invalid(task.Request.RequestId, fault);
        }

        var work = new RefinementWork
        {
            Request = task.Request,
            Queued = task.Queued,
            Tell = message =>
            {
                Thread.Sleep(settings.DeviceTime);
                task.Tell(message);
            },
            Saved = task.SavedRun is { } saved ? SavedRun.Read(saved) : null,
            Save = run => task.Save(run.ToBytes()),
            TimeLeft = task.Request.Deadline is { } deadline ? () => deadline - task.Queued : null,
            Stopping = stopping,
        };
        return (await backend.RunAsync(work)).Outcome;
    }
}
