using System.Text.Json;

namespace DiffusionX.Runtime;

/// <summary>
/// What was measured on this machine, in the user's folder for what can be found again: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>, and on
/// Windows the local application data. A file that is not there, or can't be written, costs the measurement alone.
/// </summary>
/// <typeparam name="T">What a measurement says, as JSON has it.</typeparam>
/// <param name="path">Where it lies.</param>
/// <param name="isValid">Whether a measurement that was read can be one.</param>
internal sealed class MeasurementFile<T>(string path, Predicate<T> isValid)
    where T : class
{
    // Beyond it the file is begun anew: it is no place to collect the names of all machines.
    private const int MostEntries = 64;

    private static string CacheFolder =>
        OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    /// <summary>The user's own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isValid">Whether a measurement that was read can be one.</param>
    public static MeasurementFile<T> OfUser(string name, Predicate<T> isValid) => new(Path.Combine(CacheFolder, "diffusionx", name), isValid);

    /// <summary>What is known, or else is measured now and kept.</summary>
    /// <param name="key">The machine and what else matters.</param>
    /// <param name="measure">Measures it.</param>
    public T GetOrMeasure(string key, Func<T> measure)
    {
        var known = Read();
        if (known.TryGetValue(key, out var kept))
        {
            return kept;
        }

        var measured = measure();
        Write(known.Count < MostEntries ? known : [], key, measured);
        return measured;
    }

    private Dictionary<string, T> Read()
    {
        try
        {
            var known = JsonSerializer.Deserialize<Dictionary<string, T?>>(File.ReadAllBytes(path)) ?? [];
            return known.Where(entry => entry.Value is not null && isValid(entry.Value)).ToDictionary(entry => entry.Key, entry => entry.Value!);
        }
        catch (Exception error) when (error is JsonException || AtomicFile.IsFileError(error))
        {
            return [];
        }
    }

    private void Write(Dictionary<string, T> known, string key, T measured)
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
