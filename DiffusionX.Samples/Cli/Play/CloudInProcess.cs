using DiffusionX.Checkpoints;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using Spectre.Console;

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
        string folder, DiffusionModelOptions options, IReadOnlyList<LoraSelection> loras, LoraFolder? loraFolder, ITransport link, CancellationToken cancellationToken)
    {
        var model = await GenerationDisplay.LoadAsync(folder, options, cancellationToken);
        try
        {
            var refining = new CloudRefinerOptions { Scheduler = GenerationDefaults.Read(folder).Scheduler, Loras = await FilesAsync(model, loras, loraFolder, cancellationToken) };
            return new CloudInProcess(model, await CloudRefiner.StartAsync(model, link, refining, cancellationToken));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    // In the folder may lie LoRAs for other models too.
    private static async Task<IReadOnlyList<string>> FilesAsync(
        DiffusionModel model, IReadOnlyList<LoraSelection> loras, LoraFolder? folder, CancellationToken cancellationToken)
    {
        List<string> files = [.. loras.Select(lora => lora.Path)];
        foreach (var file in folder?.Files ?? [])
        {
            try
            {
                await model.CheckLoraAsync(file, cancellationToken);
                files.Add(file);
            }
            catch (CheckpointException unfit)
            {
                Consoles.Progress.WriteLine($"The model that refines does not take {file}: {unfit.Message}");
            }
        }

        return files;
    }

    public async ValueTask DisposeAsync()
    {
        await refiner.DisposeAsync();
        model.Dispose();
    }
}
