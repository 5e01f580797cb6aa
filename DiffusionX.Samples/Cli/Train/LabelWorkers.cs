using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;
using DiffusionX.Strength;
using DiffusionX.Training.StrengthLabels;

namespace DiffusionX.Cli.Train;

/// <summary>Models for each pair that is labelled at a time.</summary>
internal sealed class LabelWorkers : IDisposable
{
    private readonly List<LabelModels> models = [];

    private LabelWorkers()
    {
    }

    public IReadOnlyList<LabelModels> Models => models;

    public static async Task<LabelWorkers> LoadAsync(StrengthTrainingSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Workers < 1)
        {
            throw new StrengthException($"{settings.Workers} workers were asked for; there has to be one at least.");
        }

        var workers = new LabelWorkers();
        try
        {
            for (var i = 0; i < settings.Workers; i++)
            {
                workers.models.Add(await LoadOneAsync(settings, cancellationToken));
            }

            return workers;
        }
        catch
        {
            workers.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var (edge, redrawer, clip) in models)
        {
            clip.Dispose();
            redrawer.Dispose();
            edge.Dispose();
        }
    }

    private static async Task<LabelModels> LoadOneAsync(StrengthTrainingSettings settings, CancellationToken cancellationToken)
    {
        var options = new DiffusionModelOptions { Device = settings.Device, HalfPrecisionWeights = settings.HalfWeights };
        var clip = ClipScorer.Load(settings.ClipFolder, "CLIP", settings.Device);
        var edge = await DiffusionModel.LoadAsync(settings.EdgeFolder, options, cancellationToken: cancellationToken);
        var redrawer = settings.Side == StrengthSide.Cloud
            ? await DiffusionModel.LoadAsync(settings.CloudFolder, options, cancellationToken: cancellationToken)
            : edge;
        return new LabelModels(edge, redrawer, clip);
    }
}
