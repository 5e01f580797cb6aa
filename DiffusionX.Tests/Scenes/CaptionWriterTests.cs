using DiffusionX.Scenes;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
public sealed class CaptionWriterTests
{
    private const int Many = 1000;

    [Test]
    public void Every_thing_is_named_behind_its_colour()
    {
        for (var i = 0; i < Many; i++)
        {
            var scene = SceneStream.SceneAt(SceneSplit.Training, i);
            var caption = CaptionWriter.Write(scene, words: i).ToLowerInvariant();

            foreach (var thing in scene.Things)
            {
                var phrases = from color in Vocabulary.Of(thing.Color) from name in Vocabulary.Of(thing.Kind) select $"{color} {name}";
                Assert.That(phrases.Any(caption.Contains), Is.True, $"'{caption}' does not name the {thing.Color} {thing.Kind}.");
            }
        }
    }

    [Test]
    public void Nothing_is_named_that_is_not_there()
    {
        for (var i = 0; i < Many; i++)
        {
            var scene = SceneStream.SceneAt(SceneSplit.Training, i);
            var words = Words(CaptionWriter.Write(scene, words: i));
            var absent = Enum.GetValues<ThingKind>().Except(scene.Things.Select(thing => thing.Kind));

            Assert.That(absent.SelectMany(Vocabulary.Of).Where(words.Contains), Is.Empty);
        }
    }

    [Test]
    public void A_relation_that_is_said_holds_in_the_picture()
    {
        for (var i = 0; i < Many; i++)
        {
            var scene = SceneStream.SceneAt(SceneSplit.Training, i);
            var caption = CaptionWriter.Write(scene, words: i);
            var said = Enum.GetValues<Relation>().Where(relation => Vocabulary.Of(relation).Any(words => caption.Contains($" {words} ", StringComparison.Ordinal)));

            foreach (var relation in said)
            {
                Assert.That(Holds(relation, scene), Is.True, $"'{caption}' says {relation} of a scene in which nothing is.");
            }
        }
    }

    [Test]
    public void Other_words_describe_the_same_scene()
    {
        var scene = SceneStream.SceneAt(SceneSplit.Training, 3);

        var captions = Enumerable.Range(0, 50).Select(words => CaptionWriter.Write(scene, words)).Distinct();

        Assert.That(captions.Count(), Is.GreaterThan(10));
    }

    private static HashSet<string> Words(string caption) => [.. caption.ToLowerInvariant().Split([' ', ',', '.'])];

    private static bool Holds(Relation relation, Scene scene) =>
        scene.Things.Any(one => scene.Things.Any(other => one != other && Layout.Between(one, other) == relation));
}
