using System.Text.Json;
using DiffusionX.Runtime;

namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// Sessions that were measured, in JSON lines, one measurement a line, after a line that says what is measured. A line is there as a whole
/// or not at all: half a line, which a process left that died, is measured again.
/// </summary>
internal sealed class SessionLog
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    private readonly string path;
    private readonly List<SessionMeasurement> measurements;

    private SessionLog(string path, List<SessionMeasurement> measurements)
    {
        this.path = path;
        this.measurements = measurements;
    }

    /// <summary>What was measured so far, in that order.</summary>
    public IReadOnlyList<SessionMeasurement> Measurements => measurements;

    /// <summary>Opens a log to go on with, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="subject">What is measured and with which settings: a log goes on with the same words only.</param>
    /// <exception cref="EvaluationException">The file is of another measurement, can't be read or written, or a line of it is no
    /// measurement.</exception>
    public static SessionLog Open(string path, string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(subject);
        var header = JsonSerializer.Serialize(new Header(subject), Format);
        try
        {
            var lines = WholeLines(path);
            if (lines.Length > 0 && lines[0] != header)
            {
                throw new EvaluationException($"{path} was begun with other sessions, models or settings. Delete it, or name another folder to work in.");
            }

            List<SessionMeasurement> measured = [.. lines.Skip(1).Select((line, i) => Parse(line, $"{path}, line {i + 2}"))];
            AtomicFile.Write(path, string.Concat(lines.Skip(1).Prepend(header).Select(line => line + "\n")));
            return new SessionLog(path, measured);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"{path} can't be opened: {error.Message}", error);
        }
    }

    /// <summary>Whether a system has played a session.</summary>
    public bool Has(string system, string session) => measurements.Exists(measurement => measurement.System == system && measurement.Session == session);

    /// <summary>Writes a measurement down.</summary>
    public void Add(SessionMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        File.AppendAllText(path, JsonSerializer.Serialize(measurement, Format) + "\n");
        measurements.Add(measurement);
    }

    private static string[] WholeLines(string path) => File.Exists(path) ? File.ReadAllText(path).Split('\n')[..^1] : [];

    private static SessionMeasurement Parse(string line, string place)
    {
        try
        {
            return JsonSerializer.Deserialize<SessionMeasurement>(line, Format) ?? throw new EvaluationException($"{place}: null is no measurement.");
        }
        catch (JsonException error)
        {
            throw new EvaluationException($"{place}: {error.Message}", error);
        }
    }

    private sealed record Header(string Subject);
}
