using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;

namespace DiffusionX.Hosting.Images;

/// <summary>What drawing is measured by: OpenTelemetry's semantic conventions for generative AI.</summary>
internal static class ImageTelemetry
{
    /// <summary>The name of the meter and of the source of spans: Core's own, so that a host subscribes once.</summary>
    public const string Name = "DiffusionX";

    private const string Operation = "generate_content";
    private const string Provider = "diffusionx";

    // As the conventions advise for gen_ai.client.operation.duration.
    private static readonly double[] Seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    private static readonly ActivitySource Spans = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "gen_ai.client.operation.duration", "s", "Drawing the pictures of a request.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    /// <summary>Draws within a span.</summary>
    /// <param name="source">What draws.</param>
    /// <param name="order">Which pictures.</param>
    /// <param name="promptInFull">Whether the span carries the prompt.</param>
    /// <param name="draw">Draws them.</param>
    public static async Task MeasureAsync(IPictureSource source, PictureOrder order, bool promptInFull, Func<Task> draw)
    {
        using var span = Start(source.Name, order, promptInFull);
        var start = Stopwatch.GetTimestamp();
        var tags = new TagList
        {
            { "gen_ai.operation.name", Operation },
            { "gen_ai.provider.name", Provider },
            { "gen_ai.request.model", source.Name },
        };
        try
        {
            await draw().ConfigureAwait(false);
            span?.SetTag("gen_ai.response.model", source.Name);
        }
        catch (Exception error)
        {
            // The kind alone: a message can quote a prompt.
            tags.Add("error.type", error.GetType().Name);
            span?.SetTag("error.type", error.GetType().Name);
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        }
    }

    private static Activity? Start(string model, PictureOrder order, bool promptInFull)
    {
        var span = Spans.StartActivity($"{Operation} {model}");
        span?.SetTag("gen_ai.operation.name", Operation);
        span?.SetTag("gen_ai.provider.name", Provider);
        span?.SetTag("gen_ai.output.type", "image");
        span?.SetTag("gen_ai.request.model", model);
        span?.SetTag("diffusionx.prompt.length", order.Prompt.Length);
        if (order.Count != 1)
        {
            span?.SetTag("gen_ai.request.choice.count", order.Count);
        }

        if (order.Seed is { } seed)
        {
            span?.SetTag("gen_ai.request.seed", seed);
        }

        if (promptInFull)
        {
            span?.SetTag("gen_ai.input.messages", JsonSerializer.Serialize(new[] { new { role = "user", parts = new[] { new { type = "text", content = order.Prompt } } } }));
        }

        return span;
    }
}
