using DiffusionX.Cli.Generate;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;

namespace DiffusionX.Cli.Play;

/// <summary>The cloud's end in the process of the edge's, with a model and a compute thread of its own.</summary>
internal sealed class CloudInProcess : IAsyncDisposable
{
    private readonly DiffusionModel model;
    private readonly CloudRefiner refiner;

    private CloudInProcess(DiffusionModel model, CloudRefiner refiner)
    {
        this.model = model;
        this.refiner = refiner;
    }

    /// <summary>Loads the model and begins to listen.</summary>
    public static async Task<CloudInProcess> StartAsync(
        string folder, DiffusionModelOptions options, IReadOnlyList<LoraSelection> loras, ITransport link, CancellationToken cancellationToken)
    {
        var model = await GenerationDisplay.LoadAsync(folder, options, cancellationToken);
        try
        {
            var refining = new CloudRefinerOptions { Scheduler = GenerationDefaults.Read(folder).Scheduler, Loras = [.. loras.Select(lora => lora.Path)] };
            return new CloudInProcess(model, await CloudRefiner.StartAsync(model, link, refining, cancellationToken));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await refiner.DisposeAsync();
        model.Dispose();
    }
}
