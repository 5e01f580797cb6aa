using System.Text.Json;
using DiffusionX.Hosting.Refining;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DiffusionX.Hosting.Health;

/// <summary>How a host is, in JSON: the status in a word, why, and the refiner's state where there is one.</summary>
internal static class HealthResponse
{
    public static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("status", report.Status.ToString());
            if (report.Entries.TryGetValue(ReadinessHealthCheck.Name, out var entry) && entry.Description is { } description)
            {
                json.WriteString("description", description);
            }

            if (context.RequestServices.GetRequiredService<HostedRefiner>().State is { } state)
            {
                json.WriteNumber("connections", state.Connections);
                json.WriteNumber("queued", state.Queued);
                json.WriteBoolean("running", state.Running);
                json.WriteNumber("resultCache", state.ResultCache);
                json.WriteBoolean("draining", state.Draining);
            }

            json.WriteEndObject();
        }

        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted).ConfigureAwait(false);
    }
}
