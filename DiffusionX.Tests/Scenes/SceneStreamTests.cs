using DiffusionX.Imaging;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
public sealed class SceneStreamTests
{
    private const int Many = 2000;

    [Test]
    public void The_same_number_gives_the_same_picture_and_caption()
    {
        var (first, second) = (SceneStream.At(SceneSplit.Training, 7), SceneStream.At(SceneSplit.Training, 7));

        Assert.Multiple(() =>
        {
            Assert.That(second.Scene, Is.EqualTo(first.Scene));
            Assert.That(second.Caption, Is.EqualTo(first.Caption));
            Assert.That(second.Picture, Is.SamePictureAs(first.Picture));
        });
    }

    [Test]
    public void Training_never_shows_a_held_out_combination()
    {
        var things = Enumerable.Range(0, Many).SelectMany(i => SceneStream.SceneAt(SceneSplit.Training, i).Things);

        Assert.That(things.Where(thing => HeldOutCombinations.Contain(thing.Kind, thing.Color)), Is.Empty);
    }

    [Test]
    public void Every_held_out_scene_shows_a_held_out_combination()
    {
        var scenes = Enumerable.Range(0, Many).Select(i => SceneStream.SceneAt(SceneSplit.HeldOut, i));

        Assert.That(scenes.Where(scene => !scene.Things.Any(thing => HeldOutCombinations.Contain(thing.Kind, thing.Color))), Is.Empty);
    }

    [Test]
    public void The_splits_share_no_scene()
    {
        var training = Enumerable.Range(0, Many).Select(i => SceneStream.SceneAt(SceneSplit.Training, i)).ToHashSet();

        var shared = Enumerable.Range(0, Many).Select(i => SceneStream.SceneAt(SceneSplit.Evaluation, i)).Where(training.Contains);

        Assert.That(shared, Is.Empty);
    }

    [Test]
    public void Every_kind_colour_backdrop_and_time_occurs()
    {
        var scenes = Enumerable.Range(0, Many).Select(i => SceneStream.SceneAt(SceneSplit.Training, i)).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(scenes.SelectMany(scene => scene.Things).Select(thing => thing.Kind).Distinct().Count(), Is.EqualTo(Enum.GetValues<ThingKind>().Length));
            Assert.That(scenes.SelectMany(scene => scene.Things).Select(thing => thing.Color).Distinct().Count(), Is.EqualTo(Enum.GetValues<ThingColor>().Length));
            Assert.That(scenes.Select(scene => scene.Backdrop).Distinct().Count(), Is.EqualTo(Enum.GetValues<BackdropKind>().Length));
            Assert.That(scenes.Select(scene => scene.Time).Distinct().Count(), Is.EqualTo(Enum.GetValues<TimeOfDay>().Length));
        });
    }

    [Test]
    public void Every_thing_is_whole_and_centred_on_a_corner_of_the_grid()
    {
        const int Cells = 8;

        var things = Enumerable.Range(0, Many).SelectMany(i => SceneStream.SceneAt(SceneSplit.Training, i).Things);

        Assert.That(things.Where(thing => thing.X * Cells % 1 != 0 || thing.Y * Cells % 1 != 0 || !SceneSampler.IsInside(thing)), Is.Empty);
    }

    [Test]
    public void No_thing_hides_more_than_a_tenth_of_another()
    {
        var scenes = Enumerable.Range(0, Many).Select(i => SceneStream.SceneAt(SceneSplit.Training, i));

        Assert.That(scenes.Where(scene => scene.Things.Any(thing => !SceneSampler.IsClear(thing, scene.Things.Remove(thing)))), Is.Empty);
    }

    [Test]
    public void A_picture_is_128_pixels_square()
    {
        Picture picture = SceneStream.At(SceneSplit.Training, 0).Picture;

        Assert.That((picture.Width, picture.Height), Is.EqualTo((128, 128)));
    }
}
