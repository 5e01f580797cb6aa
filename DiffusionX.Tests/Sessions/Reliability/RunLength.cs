using System.Diagnostics;
using System.Globalization;

namespace DiffusionX.Tests.Sessions.Reliability;

/// <summary>How long a test of endurance runs: a few rounds, or where eng/soak.sh has said so, some minutes.</summary>
internal sealed class RunLength(int rounds)
{
    private const string Variable = "DIFFUSIONX_SOAK_SECONDS";

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly TimeSpan? time = Environment.GetEnvironmentVariable(Variable) is { } seconds
        ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))
        : null;

    /// <summary>Whether it is a long one.</summary>
    public bool IsLong => time is not null;

    /// <summary>How long it has run.</summary>
    public TimeSpan Elapsed => clock.Elapsed;

    /// <summary>The numbers of the rounds.</summary>
    public IEnumerable<int> Rounds()
    {
        for (var round = 0; time is { } limit ? clock.Elapsed < limit : round < rounds; round++)
        {
            yield return round;
        }
    }
}
