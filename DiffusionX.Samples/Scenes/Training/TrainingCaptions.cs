using DiffusionX.Scenes.Streams;

namespace DiffusionX.Scenes.Training;

/// <summary>The captions that vocabularies are learned from.</summary>
internal static class TrainingCaptions
{
    private const int Count = 20_000;

    public static IEnumerable<string> All => Enumerable.Range(0, Count).Select(i => SceneStream.CaptionAt(SceneSplit.Training, i));
}
