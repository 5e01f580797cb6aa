using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Tests.Evaluation.Latency;

[TestFixture]
public sealed class SessionLogTests
{
    private TemporaryFolder folder = null!;

    private string Path => folder.File("sessions.jsonl");

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_log_goes_on_with_what_it_has()
    {
        var measurement = Measured.Session("edge only", "one", seconds: 1.5) with { Joules = 20 };
        SessionLog.Open(Path, "two sessions").Add(measurement);

        var log = SessionLog.Open(Path, "two sessions");

        Assert.Multiple(() =>
        {
            Assert.That(log.Measurements, Is.EqualTo(new[] { measurement }).UsingPropertiesComparer());
            Assert.That(log.Has("edge only", "one"), Is.True);
            Assert.That(log.Has("edge only", "two"), Is.False);
        });
    }

    [Test]
    public void Half_a_line_that_a_dying_process_left_is_forgotten()
    {
        var log = SessionLog.Open(Path, "two sessions");
        log.Add(Measured.Session("edge only", "one", seconds: 1));
        File.AppendAllText(Path, """{"system":"edge on""");

        var reopened = SessionLog.Open(Path, "two sessions");
        reopened.Add(Measured.Session("edge only", "two", seconds: 2));

        Assert.That(SessionLog.Open(Path, "two sessions").Measurements.Select(measurement => measurement.Session), Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public void A_log_of_other_settings_is_refused()
    {
        SessionLog.Open(Path, "seed 1");

        Assert.That(() => SessionLog.Open(Path, "seed 2"), Throws.TypeOf<EvaluationException>().With.Message.Contains("other sessions, models or settings"));
    }

    [Test]
    public void A_line_that_is_no_measurement_is_named()
    {
        SessionLog.Open(Path, "seed 1");
        File.AppendAllText(Path, "{}\n");

        Assert.That(() => SessionLog.Open(Path, "seed 1"), Throws.TypeOf<EvaluationException>().With.Message.Contains("line 2"));
    }
}
