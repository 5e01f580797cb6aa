using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Runtime;

namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// An edge, a cloud and the link between them, by what was measured of them. As a file:
/// <code>{"name": "a phone and an A100", "edge": {"secondsPerStep": 0.35, "secondsPerRun": 0.8, "steps": 25},
///  "cloud": {"secondsPerStep": 0.03, "secondsPerRun": 0.1, "steps": 25}, "refinementLinkSeconds": 0.1, "roundLinkSeconds": 0.3}</code>
/// </summary>
internal sealed record HardwareProfile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>The edge with the small model.</summary>
    public required ModelSpeed Edge { get; init; }

    /// <summary>The cloud with the large model.</summary>
    public required ModelSpeed Cloud { get; init; }

    /// <summary>What the link adds to a refinement: the draft on its way up, the picture on its way down.</summary>
    public double RefinementLinkSeconds { get; init; }

    /// <summary>What the link adds to a round that is drawn in the cloud.</summary>
    public double RoundLinkSeconds { get; init; }

    /// <summary>Reads a profile.</summary>
    /// <exception cref="EvaluationException">The file can't be read, or is no profile; the message says where.</exception>
    public static HardwareProfile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var profile = JsonSerializer.Deserialize<HardwareProfile>(File.ReadAllText(path), Format) ?? throw new EvaluationException($"{path}: null is no profile of hardware.");
            return Check(profile, path);
        }
        catch (JsonException error)
        {
            throw new EvaluationException($"{path}: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <summary>Writes the profile, so that sessions on this hardware can be forecast elsewhere.</summary>
    /// <exception cref="EvaluationException">The file can't be written.</exception>
    public void Write(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            AtomicFile.Write(path, JsonSerializer.Serialize(this, Format) + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EvaluationException($"{path} can't be written: {error.Message}", error);
        }
    }

    private static HardwareProfile Check(HardwareProfile profile, string path)
    {
        double[] times =
        [
            profile.Edge.SecondsPerStep, profile.Edge.SecondsPerRun, profile.Cloud.SecondsPerStep, profile.Cloud.SecondsPerRun, profile.RefinementLinkSeconds,
            profile.RoundLinkSeconds,
        ];
        return Array.TrueForAll(times, time => double.IsFinite(time) && time >= 0) && profile.Edge.Steps > 0 && profile.Cloud.Steps > 0
            ? profile
            : throw new EvaluationException($"{path}: times are 0 seconds or more, and a run has 1 step or more.");
    }
}
