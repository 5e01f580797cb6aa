using DiffusionX.Cli.Generation;
using DiffusionX.Cli.Models;
using DiffusionX.Generation;
using DiffusionX.Sessions;
using DiffusionX.Strength;
using DiffusionX.Transport;

namespace DiffusionX.Cli.Playing;

/// <summary>The cloud's end in the process of the edge's, with a model and a compute thread of its own.</summary>
internal sealed class CloudInProcess : IAsyncDisposable
{
    private readonly DiffusionModel model;
    private readonly IStrengthPredictor strength;
    private readonly CloudRefiner refiner;

    private CloudInProcess(DiffusionModel model, IStrengthPredictor strength, CloudRefiner refiner)
    {
        this.model = model;
        this.strength = strength;
        this.refiner = refiner;
    }

    /// <summary>Loads the model and begins to listen.</summary>
    public static CloudInProcess Start(string folder, DiffusionModelOptions options, StrengthFolders strengths, ITransport link)
    {
        var model = GenerationDisplay.Load(folder, options);
        IStrengthPredictor? strength = null;
        try
        {
            strength = strengths.LoadCloud();
            var refining = new CloudRefinerOptions { Scheduler = GenerationDefaults.Read(folder).Scheduler, Strength = strength };
            return new CloudInProcess(model, strength, CloudRefiner.Start(model, link, refining));
        }
        catch
        {
            (strength as IDisposable)?.Dispose();
            model.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await refiner.DisposeAsync();
        (strength as IDisposable)?.Dispose();
        model.Dispose();
    }
}
