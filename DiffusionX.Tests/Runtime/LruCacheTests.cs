using DiffusionX.Runtime;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
public sealed class LruCacheTests
{
    [Test]
    public void What_is_there_is_not_made_again()
    {
        var store = new LruCache<string, int>(2);
        store.GetOrAdd("a", _ => 1);

        Assert.That(store.GetOrAdd("a", _ => 2), Is.EqualTo(1));
    }

    [Test]
    public void What_was_not_asked_for_the_longest_is_forgotten_first()
    {
        var store = new LruCache<string, int>(2);
        store.GetOrAdd("a", _ => 1);
        store.GetOrAdd("b", _ => 1);
        store.GetOrAdd("a", _ => 1);
        store.GetOrAdd("c", _ => 1);

        Assert.Multiple(() =>
        {
            Assert.That(store.GetOrAdd("a", _ => 2), Is.EqualTo(1));
            Assert.That(store.GetOrAdd("b", _ => 2), Is.EqualTo(2));
            Assert.That(store.Count, Is.EqualTo(2));
        });
    }
}
