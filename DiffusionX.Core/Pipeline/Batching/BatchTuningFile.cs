using System.Text.Json;
using DiffusionX.Runtime;

namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// What was measured of models on this machine, in the user's folder for what can be found again: <c>$XDG_CACHE_HOME</c> or
/// <c>~/.cache</c>, and on Windows the local application data. A file that is not there, or can't be written, costs the measurement alone.
/// </summary>
/// <param name="path">Where it lies.</param>
internal sealed class BatchTuningFile(string path)
{
    // Beyond it the file is begun anew: it is no place to collect the names of all machines.
    private const int MostEntries = 64;

    /// <summary>The user's own.</summary>
    public static BatchTuningFile OfUser { get; } = new(Path.Combine(CacheFolder, "diffusionx", "batching.json"));

    private static string CacheFolder =>
        OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>What is known of a model, or else is measured now and kept.</summary>
    /// <param name="key">The machine and what matters of the model.</param>
    /// <param name="measure">Measures it.</param>
    public BatchTuning GetOrMeasure(string key, Func<BatchTuning> measure)
    {
        var known = Read();
        if (known.TryGetValue(key, out var tuning) && tuning.MaxBatch >= 1 && tuning.AllThreadsFrom is not < 1)
        {
            return tuning;
        }

        var measured = measure();
        Write(known.Count < MostEntries ? known : [], key, measured);
        return measured;
    }

    private Dictionary<string, BatchTuning> Read()
    {
        try
        {
            var known = JsonSerializer.Deserialize<Dictionary<string, BatchTuning>>(File.ReadAllBytes(path)) ?? [];
            return known.Where(entry => entry.Value is not null).ToDictionary();
        }
        catch (Exception error) when (error is JsonException || AtomicFile.IsFileError(error))
        {
            return [];
        }
    }

    private void Write(Dictionary<string, BatchTuning> known, string key, BatchTuning measured)
    {
        known[key] = measured;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(known));
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            // It is measured again next time.
        }
    }
}
