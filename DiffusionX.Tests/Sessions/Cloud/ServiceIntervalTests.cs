using DiffusionX.Sessions.Cloud;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Sessions.Cloud;

public sealed class ServiceIntervalTests
{
    private readonly FakeTimeProvider time = new();

    [Test]
    public void Of_one_device_it_is_what_a_request_takes()
    {
        var interval = new ServiceInterval(time);
        for (var request = 0; request < 20; request++)
        {
            time.Advance(TimeSpan.FromSeconds(3));
            interval.Ended(TimeSpan.FromSeconds(3), othersWait: true);
        }

        Assert.That(interval.Mean.TotalSeconds, Is.EqualTo(3).Within(1e-6));
    }

    [Test]
    public void Of_many_machines_it_is_how_often_one_of_them_is_done()
    {
        var interval = new ServiceInterval(time);
        for (var request = 0; request < 100; request++)
        {
            time.Advance(TimeSpan.FromSeconds(0.3));
            interval.Ended(TimeSpan.FromSeconds(3), othersWait: true);
        }

        Assert.That(interval.Mean.TotalSeconds, Is.EqualTo(0.3).Within(1e-6));
    }

    [Test]
    public void Idle_time_does_not_count()
    {
        var interval = new ServiceInterval(time);
        interval.Ended(TimeSpan.FromSeconds(2), othersWait: false);
        time.Advance(TimeSpan.FromHours(1));
        interval.Ended(TimeSpan.FromSeconds(2), othersWait: false);

        Assert.That(interval.Mean.TotalSeconds, Is.EqualTo(2).Within(1e-6));
    }
}
