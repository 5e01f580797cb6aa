using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class TelemetryTests
{
    private const string Prompt = "a very private wish";

    [Test]
    public async Task The_clouds_span_is_a_child_of_the_edges()
    {
        var spans = await SpansOfARefinementAsync(inFull: false);

        var edge = spans.Single(span => span.OperationName == "refine");
        var cloud = spans.Single(span => span.OperationName == "refine in the cloud");
        Assert.That((cloud.TraceId, cloud.ParentSpanId, cloud.HasRemoteParent), Is.EqualTo((edge.TraceId, edge.SpanId, true)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Prompts_are_in_spans_only_if_asked_for(bool inFull)
    {
        var spans = await SpansOfARefinementAsync(inFull);

        var tags = spans.SelectMany(span => span.TagObjects).Select(tag => tag.Value?.ToString());
        Assert.That(tags.Contains(Prompt), Is.EqualTo(inFull));
    }

    [Test]
    public async Task What_happened_is_counted_with_units()
    {
        var figures = new ConcurrentDictionary<string, string?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == SessionTelemetry.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => figures[instrument.Name] = instrument.Unit);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => figures[instrument.Name] = instrument.Unit);
        listener.Start();

        await RefineAsync(inFull: false);

        Assert.That(figures, Is.SupersetOf(new Dictionary<string, string?>
        {
            ["diffusionx.round.duration"] = "s",
            ["diffusionx.refinement.duration"] = "s",
            ["diffusionx.link.io"] = "By",
            ["diffusionx.cloud.requests"] = "{request}",
            ["diffusionx.cloud.compute.duration"] = "s",
        }));
    }

    private static async Task<Activity[]> SpansOfARefinementAsync(bool inFull)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SessionTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await RefineAsync(inFull);
        return [.. spans];
    }

    private static async Task RefineAsync(bool inFull)
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { PromptsInTelemetry = inFull });
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick with { PromptsInTelemetry = inFull });
        await session.PromptAsync(Prompt);
        await session.FinalizeAsync();
    }
}
