using System.Collections.Immutable;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Scenes.Sessions;

/// <summary>
/// Endless sessions by number: the same number gives the same rounds. A session of two rounds is a pair of a caption and a refined one.
/// </summary>
internal static class SessionStream
{
    private const int LongestSession = 16;

    /// <summary>A session.</summary>
    /// <param name="split">Which combinations its scenes may show.</param>
    /// <param name="index">Which session, 0 to <see cref="SceneStream.Length"/>.</param>
    /// <param name="rounds">How many rounds, 2 to 16.</param>
    public static SceneSession At(SceneSplit split, int index, int rounds = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, LongestSession);
        var random = SceneStream.RandomFor(split, index);
        var scenes = ImmutableArray.Create(SceneSampler.Draw(random, split));
        var edits = ImmutableArray<EditKind>.Empty;
        while (scenes.Length < rounds)
        {
            var edit = (EditKind)random.Next(Enum.GetValues<EditKind>().Length);
            if (SceneEdit.Apply(scenes[^1], edit, random, split) is { } next && Belongs(next, split))
            {
                scenes = scenes.Add(next);
                edits = edits.Add(edit);
            }
        }

        return new SceneSession(Describe(scenes, edits, random), edits);
    }

    private static bool Belongs(Scene scene, SceneSplit split) =>
        split != SceneSplit.HeldOut || scene.Things.Any(thing => HeldOutCombinations.Contain(thing.Kind, thing.Color));

    private static ImmutableArray<ScenePicture> Describe(ImmutableArray<Scene> scenes, ImmutableArray<EditKind> edits, Random random)
    {
        // What changes in one round has to be said in all of them, or the words would not tell what changed.
        var details = edits.Aggregate(CaptionDetails.None, (all, edit) => all | DetailsOf(edit));
        var words = random.Next();
        var pictures = ImmutableArray.Create(ScenePicture.Of(scenes[0], words, details));
        for (var round = 1; round < scenes.Length; round++)
        {
            var next = ScenePicture.Of(scenes[round], words, details);
            while (next.Caption == pictures[^1].Caption)
            {
                words = random.Next();
                next = ScenePicture.Of(scenes[round], words, details);
            }

            pictures = pictures.Add(next);
        }

        return pictures;
    }

    private static CaptionDetails DetailsOf(EditKind edit) => edit switch
    {
        EditKind.Moved => CaptionDetails.Places,
        EditKind.TimeChanged => CaptionDetails.Time,
        EditKind.Resized => CaptionDetails.Sizes,
        _ => CaptionDetails.None,
    };
}
