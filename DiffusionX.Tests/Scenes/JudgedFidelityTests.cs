using DiffusionX.Scenes;
using DiffusionX.Scenes.Evaluation;
using DiffusionX.Scenes.Streams;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
[NoTensorLeaks]
public sealed class JudgedFidelityTests
{
    private JudgedFidelity judge = null!;

    [OneTimeSetUp]
    public void LoadTheJudge() => judge = JudgedFidelity.Load(new ScenesFolder(Path.Combine(ReferenceFolder.ProjectRoot, "weights", "scenes")));

    [OneTimeTearDown]
    public void FreeIt() => judge.Dispose();

    [Test]
    public void A_drawing_has_all_that_its_caption_asks_for()
    {
        ScenePicture[] drawings = [.. Enumerable.Range(0, 32).Select(i => SceneStream.At(SceneSplit.Evaluation, i))];

        using var shares = judge.Score([.. drawings.Select(drawing => drawing.Picture)], [.. drawings.Select(drawing => drawing.Caption)]);

        Assert.That(shares.data<float>().ToArray().Average(), Is.GreaterThan(0.97f));
    }

    [Test]
    public void A_drawing_has_little_of_what_another_caption_asks_for()
    {
        ScenePicture[] drawings = [.. Enumerable.Range(0, 32).Select(i => SceneStream.At(SceneSplit.Evaluation, i))];

        using var shares = judge.Score([.. drawings.Select(drawing => drawing.Picture)], [.. drawings.Skip(1).Append(drawings[0]).Select(drawing => drawing.Caption)]);

        Assert.That(shares.data<float>().ToArray().Average(), Is.LessThan(0.15f));
    }

    [Test]
    public void A_prompt_that_names_nothing_has_no_score()
    {
        var drawing = SceneStream.At(SceneSplit.Evaluation, 0);

        using var shares = judge.Score([drawing.Picture], ["an oil painting"]);

        Assert.That(shares.data<float>().ToArray(), Is.EqualTo(new[] { float.NaN }));
    }
}
