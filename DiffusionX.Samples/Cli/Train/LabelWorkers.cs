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

    public static LabelWorkers Load(StrengthTrainingSettings settings)
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
                workers.models.Add(LoadOne(settings));
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
        foreach (var (edge, painter, clip) in models)
        {
            clip.Dispose();
            painter.Dispose();
            edge.Dispose();
        }
    }

    private static LabelModels LoadOne(StrengthTrainingSettings settings)
    {
        var options = new DiffusionModelOptions { Device = settings.Device };
        var clip = ClipScorer.Load(settings.ClipFolder, "CLIP", settings.Device);
        var edge = DiffusionModel.Load(settings.EdgeFolder, options);
        return new LabelModels(edge, settings.Side == StrengthSide.Cloud ? DiffusionModel.Load(settings.CloudFolder, options) : edge, clip);
    }
}
