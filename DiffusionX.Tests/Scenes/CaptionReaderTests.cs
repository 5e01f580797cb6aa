using DiffusionX.Scenes;
using DiffusionX.Scenes.Captions;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
public sealed class CaptionReaderTests
{
    private const int Many = 1000;

    [Test]
    public void What_a_caption_says_is_read_from_it([Values("Training", "HeldOut")] string name)
    {
        var split = Enum.Parse<SceneSplit>(name);
        for (var i = 0; i < Many; i++)
        {
            var scene = SceneStream.SceneAt(split, i);

            var read = CaptionReader.Read(CaptionWriter.Write(scene, words: i));

            Assert.That(read, Is.EquivalentTo(scene.Things.Select(thing => (thing.Kind, thing.Color))));
        }
    }

    [Test]
    public void Case_and_punctuation_do_not_matter() =>
        Assert.That(CaptionReader.Read("Violet Toadstool, white crescent-moon!"), Is.EquivalentTo(new[] { (ThingKind.Mushroom, ThingColor.Purple), (ThingKind.Moon, ThingColor.White) }));

    [TestCase("")]
    [TestCase("a photograph of an astronaut")]
    [TestCase("a house, red")]
    [TestCase("a bored cat on a greenhouse")]
    public void A_prompt_that_names_no_thing_behind_its_colour_asks_for_nothing(string prompt) => Assert.That(CaptionReader.Read(prompt), Is.Empty);
}
