using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Scenes.Streams;
using DiffusionX.Training;

namespace DiffusionX.Scenes.Training;

/// <summary>What a model draws of captions that it never saw, under the true drawings, as one picture.</summary>
internal static class SceneSamples
{
    private const int Shown = 10;

    /// <summary>Writes <c>samples.png</c>, and the captions beside it.</summary>
    /// <param name="pipeline">A folder in diffusers' layout.</param>
    /// <param name="steps">Steps of a picture.</param>
    /// <param name="snapshot">Where to write.</param>
    public static void Save(string pipeline, int steps, TrainingSnapshot snapshot)
    {
        var scenes = Enumerable.Range(0, Shown).Select(i => SceneStream.At(SceneSplit.Evaluation, i)).ToArray();
        using var model = DiffusionModel.LoadAsync(pipeline).GetAwaiter().GetResult();
        var drawn = scenes.Select((scene, i) => Draw(model, scene.Caption, steps, i)).ToArray();
        PictureGrid.Of([.. scenes.Select(scene => scene.Picture), .. drawn], Shown, gap: 2).Save(Path.Combine(snapshot.Folder, "samples.png"));
        File.WriteAllLines(Path.Combine(snapshot.Folder, "samples.txt"), scenes.Select(scene => scene.Caption));
    }

    // A stage shows samples between two of its steps, on its own thread, which has nothing else to do meanwhile.
    private static Picture Draw(DiffusionModel model, string caption, int steps, long seed)
    {
        var request = new GenerationRequest { Prompt = caption, Seed = seed, Steps = steps, GuidanceScale = ScenesModels.GuidanceScale };
        return model.GenerateAsync(request).GetAwaiter().GetResult().Images[0].Picture;
    }
}
