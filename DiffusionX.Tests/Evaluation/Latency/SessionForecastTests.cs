using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Evaluation.Latency;

[TestFixture]
public sealed class SessionForecastTests
{
    private static readonly HardwareProfile Hardware = new()
    {
        Name = "a phone and a server",
        Edge = new ModelSpeed { SecondsPerStep = 0.1, SecondsPerRun = 1, Steps = 20 },
        Cloud = new ModelSpeed { SecondsPerStep = 0.2, SecondsPerRun = 0.5, Steps = 20 },
        RefinementLinkSeconds = 0.3,
        RoundLinkSeconds = 0.4,
    };

    [Test]
    public void Strengths_shorten_the_steps_of_a_run_alone()
    {
        var forecast = new SessionForecast(Hardware, Rounds: 3);

        Assert.Multiple(() =>
        {
            Assert.That(forecast.EdgeOnly, Is.EqualTo(9).Within(1e-9));
            Assert.That(forecast.CloudOnly, Is.EqualTo(14.7).Within(1e-9));
            Assert.That(forecast.EdgeAndCloud(edgeStrength: 0.5, cloudStrength: 0.25), Is.EqualTo(3 + (2 * 2) + 1.5 + 0.3).Within(1e-9));
        });
    }

    [Test]
    public void The_papers_rows_follow_from_its_two_models_alone()
    {
        var forecast = new SessionForecast(PaperLatency.Hardware, PaperLatency.Rounds);
        var found = PaperLatency.PredictedStrength;

        Assert.Multiple(() =>
        {
            Assert.That(forecast.CloudOnly, Is.EqualTo(14.15).Within(1e-9));
            Assert.That(forecast.EdgeOnly, Is.EqualTo(11.79).Within(1e-9));
            Assert.That(forecast.EdgeAndCloud(found, found), Is.EqualTo(11.92).Within(1e-9));
            Assert.That(found, Is.InRange(0.4, 0.9));
            Assert.That(forecast.EdgeAndCloud(0.8, 0.8), Is.EqualTo(13.96).Within(2).Percent);
        });
    }

    [Test]
    public void A_profile_that_was_written_is_read()
    {
        using var folder = new TemporaryFolder();
        Hardware.Write(folder.File("hardware.json"));

        Assert.That(HardwareProfile.Read(folder.File("hardware.json")), Is.EqualTo(Hardware));
    }

    [TestCase("{}", "name")]
    [TestCase("""{"name": "a", "edge": {"secondsPerStep": -1, "steps": 1}, "cloud": {"secondsPerStep": 1, "steps": 1}}""", "0 seconds or more")]
    [TestCase("""{"name": "a", "edge": {"secondsPerStep": 1, "steps": 1}, "cloud": {"secondsPerStep": 1, "steps": 1}, "watts": 3}""", "watts")]
    public void A_profile_that_says_something_else_is_refused(string json, string named)
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => HardwareProfile.Read(folder.Write("hardware.json", json)), Throws.TypeOf<EvaluationException>().With.Message.Contains(named));
    }

    [Test]
    public void Bytes_take_their_time_over_a_link_and_every_answer_its_way_there_and_back() =>
        Assert.That(LinkForecast.Seconds(LinkProfile.Mobile20Mbps, bytesUp: 500_000, bytesDown: 250_000, exchanges: 2), Is.EqualTo(0.2 + 0.1 + 0.08).Within(1e-9));
}
