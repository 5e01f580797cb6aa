using DiffusionX.Scenes;
using DiffusionX.Scenes.Sessions;

namespace DiffusionX.Tests.Scenes;

[TestFixture]
public sealed class SessionStreamTests
{
    private const int Many = 300;

    [Test]
    public void Every_round_has_another_caption_than_the_one_before()
    {
        foreach (var session in Sessions())
        {
            Assert.That(session.Rounds.Zip(session.Rounds.Skip(1)).All(pair => pair.First.Caption != pair.Second.Caption), Is.True);
        }
    }

    [Test]
    public void A_rewording_changes_nothing_in_the_picture()
    {
        foreach (var session in Sessions())
        {
            for (var round = 1; round < session.Rounds.Length; round++)
            {
                var same = session.Rounds[round].Scene.Equals(session.Rounds[round - 1].Scene);
                Assert.That(same, Is.EqualTo(session.Edits[round - 1] == EditKind.Reworded));
            }
        }
    }

    [Test]
    public void Every_kind_of_edit_occurs() =>
        Assert.That(Sessions().SelectMany(session => session.Edits).Distinct(), Is.EquivalentTo(Enum.GetValues<EditKind>()));

    [Test]
    public void Training_sessions_keep_clear_of_held_out_combinations()
    {
        var things = Sessions().SelectMany(session => session.Rounds).SelectMany(round => round.Scene.Things);

        Assert.That(things.Where(thing => HeldOutCombinations.Contain(thing.Kind, thing.Color)), Is.Empty);
    }

    private static IEnumerable<SceneSession> Sessions() => Enumerable.Range(0, Many).Select(i => SessionStream.At(SceneSplit.Training, i));
}
