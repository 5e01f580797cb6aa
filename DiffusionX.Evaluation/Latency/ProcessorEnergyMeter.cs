using System.Globalization;

namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// The energy of the processor's packages, as Linux tells it for Intel's and AMD's (RAPL). Many systems let only the administrator read it,
/// and virtual machines have none: then there is no figure, rather than a guess.
/// </summary>
internal sealed class ProcessorEnergyMeter : IEnergyMeter
{
    private const double MicrojoulesPerJoule = 1e6;

    private readonly Package[] packages;
    private double joules;

    /// <param name="folder">Where the system has its counters.</param>
    public ProcessorEnergyMeter(string folder = "/sys/class/powercap")
    {
        ArgumentNullException.ThrowIfNull(folder);

        // intel-rapl:0 is a package, intel-rapl:0:1 a part of it, which is counted in it.
        packages = Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "intel-rapl:*").Where(path => Path.GetFileName(path).Count(letter => letter == ':') == 1).Select(path => new Package(path))]
            : [];
    }

    /// <inheritdoc/>
    public double? ReadJoules()
    {
        if (packages.Length == 0)
        {
            return null;
        }

        foreach (var package in packages)
        {
            if (package.Advance() is not { } microjoules)
            {
                return null;
            }

            joules += microjoules / MicrojoulesPerJoule;
        }

        return joules;
    }

    private sealed class Package(string folder)
    {
        private long? last;

        /// <summary>Microjoules since the call before. The counter starts again from 0 beyond its range.</summary>
        public long? Advance()
        {
            if (Read("energy_uj") is not { } now)
            {
                return null;
            }

            var since = now - (last ?? now);
            last = now;
            return since >= 0 ? since : since + (Read("max_energy_range_uj") ?? 0);
        }

        private long? Read(string file)
        {
            try
            {
                return long.Parse(File.ReadAllText(Path.Combine(folder, file)), CultureInfo.InvariantCulture);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
            {
                return null;
            }
        }
    }
}
