using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>
/// The pictures that a model draws of captions, kept in a folder: what was drawn with the same settings is not drawn again.
/// </summary>
internal sealed class SceneGallery(string folder, string pipeline, SceneEvaluationSettings settings)
{
    private const string SettingsFile = "settings.json";

    private readonly Stopwatch drawing = new();
    private int drawn;

    /// <summary>Mean seconds of the pictures that were drawn now and not before; null if there were none.</summary>
    public double? SecondsPerPicture => drawn == 0 ? null : drawing.Elapsed.TotalSeconds / drawn;

    private string Settings { get; } = JsonSerializer.Serialize(new { settings.Steps, settings.GuidanceScale, settings.Seed, Model = ModelOf(pipeline) });

    /// <summary>The pictures, one for each caption.</summary>
    /// <param name="captions">What to draw.</param>
    /// <param name="progress">Told how many are there.</param>
    /// <param name="cancellationToken">Stops before the next picture.</param>
    public async Task<IReadOnlyList<Picture>> DrawAsync(IReadOnlyList<string> captions, IProgress<int> progress, CancellationToken cancellationToken)
    {
        Open();
        using var model = await DiffusionModel.LoadAsync(pipeline, cancellationToken: cancellationToken);
        var pictures = new List<Picture>(captions.Count);
        foreach (var caption in captions)
        {
            pictures.Add(await DrawAsync(model, caption, pictures.Count, cancellationToken));
            progress.Report(pictures.Count);
        }

        return pictures;
    }

    // A UNet that was trained further draws other pictures.
    private static string ModelOf(string pipeline)
    {
        var file = new FileInfo(Path.Combine(pipeline, "unet", "diffusion_pytorch_model.safetensors"));
        return file.Exists ? file.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture) : "none";
    }

    private void Open()
    {
        var path = Path.Combine(folder, SettingsFile);
        if (Directory.Exists(folder) && (!File.Exists(path) || File.ReadAllText(path) != Settings))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(path, Settings);
    }

    private async Task<Picture> DrawAsync(DiffusionModel model, string caption, int number, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, number.ToString("D5", CultureInfo.InvariantCulture) + ".png");
        if (File.Exists(path))
        {
            return Picture.Load(path);
        }

        var request = new GenerationRequest { Prompt = caption, Seed = settings.Seed + number, Steps = settings.Steps, GuidanceScale = settings.GuidanceScale };
        drawing.Start();
        var picture = (await model.GenerateAsync(request, cancellationToken: cancellationToken)).Images[0].Picture;
        drawing.Stop();
        drawn++;
        picture.Save(path, new Dictionary<string, string> { ["Prompt"] = caption });
        return picture;
    }
}
