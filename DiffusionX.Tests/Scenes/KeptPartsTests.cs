using DiffusionX.Evaluation.Quality;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;
using DiffusionX.Scenes.Streams;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
[NoTensorLeaks]
public sealed class KeptPartsTests
{
    private KeptParts kept = null!;

    [OneTimeSetUp]
    public void LoadTheJudge() => kept = KeptParts.Load(new ScenesFolder(Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes")));

    [OneTimeTearDown]
    public void FreeIt() => kept.Dispose();

    [Test]
    public void A_picture_keeps_all_of_itself()
    {
        ScenePicture[] drawings = [.. Enumerable.Range(0, 16).Select(i => SceneStream.At(SceneSplit.Evaluation, i))];

        var shares = Score([.. drawings.Select(drawing => new KeptPair(drawing.Picture, drawing.Caption, drawing.Picture, drawing.Caption))]);

        Assert.That(shares, Is.All.EqualTo(1f));
    }

    [Test]
    public void A_thing_that_is_elsewhere_is_not_kept_but_where_it_may_move()
    {
        var (left, right) = (Draw(0.25f, ThingColor.Red), Draw(0.75f, ThingColor.Red));
        var pair = new KeptPair(left.Picture, "a red house", right.Picture, "a red house");

        var shares = Score(pair, pair with { MayMove = true });

        Assert.That(shares, Is.EqualTo(new[] { 0.5f, 1f }), "the backdrop is kept in both");
    }

    [Test]
    public void What_a_prompt_no_longer_asks_for_need_not_be_kept()
    {
        var (red, blue) = (Draw(0.25f, ThingColor.Red), Draw(0.25f, ThingColor.Blue));

        var shares = Score(
            new KeptPair(red.Picture, "a red house", blue.Picture, "a red house"),
            new KeptPair(red.Picture, "a red house", blue.Picture, "a blue house"));

        Assert.That(shares, Is.EqualTo(new[] { 0.5f, 1f }));
    }

    [Test]
    public void Where_nothing_was_right_there_is_nothing_to_keep()
    {
        var drawing = Draw(0.25f, ThingColor.Red);

        var shares = Score(new KeptPair(drawing.Picture, "a blue boat at sea", drawing.Picture, "a blue boat at sea"));

        Assert.That(shares, Is.All.NaN);
    }

    private static ScenePicture Draw(float x, ThingColor color) =>
        ScenePicture.Of(new Scene(BackdropKind.PlainCream, TimeOfDay.Day, [new Thing(ThingKind.House, color, ThingSize.Large, x, 0.75f, Variant: 0)], Variant: 0), words: 1);

    private float[] Score(params KeptPair[] pairs)
    {
        using var shares = kept.Score(pairs);
        return shares.data<float>().ToArray();
    }
}
