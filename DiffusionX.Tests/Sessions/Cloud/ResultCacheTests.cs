using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Sessions.Cloud;

[TestFixture]
public sealed class ResultCacheTests
{
    private readonly FakeTimeProvider time = new();

    [Test]
    public void A_result_is_found_by_its_session_and_request_and_by_nothing_else()
    {
        var kept = new ResultCache(new CloudRefinerOptions { TimeProvider = time });
        var key = Key();

        kept.Add(key, ResultOf(10));

        Assert.That(kept.Find(key), Is.Not.Null);
        Assert.That(kept.Find(key with { Session = Guid.NewGuid() }), Is.Null);
    }

    [Test]
    public void A_result_is_forgotten_when_its_time_is_over()
    {
        var kept = new ResultCache(new CloudRefinerOptions { TimeProvider = time, KeepResults = TimeSpan.FromSeconds(60) });
        var key = Key();
        kept.Add(key, ResultOf(10));

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(kept.Find(key), Is.Not.Null);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(kept.Find(key), Is.Null);
    }

    [Test]
    public void The_oldest_make_room_when_there_are_too_many()
    {
        var kept = new ResultCache(new CloudRefinerOptions { TimeProvider = time, MaxKeptResults = 2 });
        RequestKey[] keys = [Key(), Key(), Key()];

        Array.ForEach(keys, key => kept.Add(key, ResultOf(10)));

        Assert.That(keys.Select(key => kept.Find(key) is not null), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void The_oldest_make_room_when_they_are_too_large_together()
    {
        var kept = new ResultCache(new CloudRefinerOptions { TimeProvider = time, MaxKeptBytes = 1000 });
        RequestKey[] keys = [Key(), Key(), Key()];

        Array.ForEach(keys, key => kept.Add(key, ResultOf(400)));

        Assert.That(keys.Select(key => kept.Find(key) is not null), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void A_result_that_is_too_large_by_itself_is_not_kept()
    {
        var kept = new ResultCache(new CloudRefinerOptions { TimeProvider = time, MaxKeptBytes = 1000 });

        kept.Add(Key(), ResultOf(1001));

        Assert.That(kept.Count, Is.Zero);
    }

    private static RequestKey Key() => new(Guid.NewGuid(), Guid.NewGuid());

    private static Result ResultOf(int bytes) => new() { RequestId = Guid.NewGuid(), Encoding = PictureEncoding.Png, Picture = new byte[bytes] };
}
