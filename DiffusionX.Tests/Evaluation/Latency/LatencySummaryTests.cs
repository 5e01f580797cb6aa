using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Tests.Evaluation.Latency;

[TestFixture]
public sealed class LatencySummaryTests
{
    [Test]
    public void Ratios_are_taken_session_by_session_and_are_surer_than_the_times()
    {
        var sessions = Enumerable.Range(1, 20).Select(i => (Id: $"session {i}", Seconds: (double)i));
        SessionMeasurement[] measurements =
        [
            .. sessions.Select(session => Measured.Session("cloud only", session.Id, session.Seconds, cloudSeconds: session.Seconds)),
            .. sessions.Select(session => Measured.Session("both", session.Id, session.Seconds * 0.5, cloudSeconds: session.Seconds * 0.2)),
        ];

        var both = new LatencySummary().Of(measurements, "cloud only").Single(system => system.System == "both");

        Assert.Multiple(() =>
        {
            Assert.That(both.Sessions, Is.EqualTo(20));
            Assert.That(both.Seconds.Value, Is.EqualTo(5.25).Within(1e-9));
            Assert.That(both.MedianSeconds, Is.EqualTo(5.25).Within(1e-9));
            Assert.That(both.SlowSeconds, Is.EqualTo(9.525).Within(1e-9));
            Assert.That(both.SecondsRatio!.Low, Is.EqualTo(0.5).Within(1e-9));
            Assert.That(both.SecondsRatio.High, Is.EqualTo(0.5).Within(1e-9));
            Assert.That(both.CloudRatio!.Value, Is.EqualTo(0.2).Within(1e-9));
            Assert.That(both.Joules, Is.Null);
        });
    }

    [Test]
    public void Nothing_measured_has_no_figures() =>
        Assert.That(() => new LatencySummary().Of([], "cloud only"), Throws.TypeOf<EvaluationException>());
}
