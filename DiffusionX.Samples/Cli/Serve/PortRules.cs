using Microsoft.AspNetCore.Http;

namespace DiffusionX.Cli.Serve;

/// <summary>
/// Who may ask for what at which port: those who watch for health and metrics at theirs, clients for everything else at the API's.
/// </summary>
internal sealed class PortRules(ServeSettings settings)
{
    public const string Metrics = "/metrics";

    private const string Health = "/health";

    /// <summary>What to answer in place of what was asked for; null where that may go on.</summary>
    public IResult? Allow(HttpContext context)
    {
        var isMonitoring = settings.MonitoringPort != 0 && context.Connection.LocalPort == settings.MonitoringPort;
        var isOpen = isMonitoring || (settings.Http is { IsLocal: true } && settings.ApiKeys.Count == 0);
        if (isOpen && !IsThisMachine(context.Request.Host.Host))
        {
            // A web page whose name was made to point here would be let in by its user's browser.
            return Results.Text("This port is for this machine alone: ask for it as 127.0.0.1 or localhost.\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var path = context.Request.Path;
        var isWatching = path.StartsWithSegments(Metrics, StringComparison.Ordinal) || (isMonitoring && path.StartsWithSegments(Health, StringComparison.Ordinal));
        return isWatching == isMonitoring ? null : Results.NotFound();
    }

    private static bool IsThisMachine(string host) => host is "" or "localhost" or "127.0.0.1" or "[::1]";
}
