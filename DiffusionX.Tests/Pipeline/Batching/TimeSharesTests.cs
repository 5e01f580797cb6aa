using DiffusionX.Pipeline.Batching;

namespace DiffusionX.Tests.Pipeline.Batching;

[TestFixture]
public sealed class TimeSharesTests
{
    [TestCase("new", "", false, Description = "Nothing is under way.")]
    [TestCase("new", "one", false, Description = "Each has one.")]
    [TestCase("new", "one another", false)]
    [TestCase("new", "one one", true)]
    [TestCase("new", "one another one", true)]
    [TestCase("one", "one one", false, Description = "It has something under way itself.")]
    [TestCase("another", "one one another", false)]
    public void New_beside_many_is_who_has_nothing_under_way_where_another_has_several_things(string owner, string underWay, bool isNew) =>
        Assert.That(TimeShares.IsNewBesideMany(owner, underWay.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Is.EqualTo(isNew));
}
