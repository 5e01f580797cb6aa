using System.CommandLine;
using System.Net;
using DiffusionX.Cli.Arguments;

namespace DiffusionX.Cli.Fleet;

/// <summary>Where health and metrics of a gateway or a worker are. An orchestrator asks from outside, so that it need not be loopback.</summary>
internal sealed record MonitoringAddress(IPAddress Address, int Port)
{
    /// <summary>The option.</summary>
    public static Option<string> Option() => new("--monitoring")
    {
        Description = "The address with /health and with /metrics for Prometheus, such as 127.0.0.1:9464, or 0.0.0.0:9464 for others to see; none for none.",
        DefaultValueFactory = _ => "127.0.0.1:9464",
    };

    /// <exception cref="UsageException">It is none.</exception>
    public static MonitoringAddress? Parse(string text)
    {
        if (text == "none")
        {
            return null;
        }

        return IPEndPoint.TryParse(text, out var address) && address.Port != 0
            ? new MonitoringAddress(address.Address, address.Port)
            : throw new UsageException($"--monitoring {text} is no address: give one such as 127.0.0.1:9464, or none.");
    }
}
