namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>The names that the same layers have in a single file and in diffusers' folders.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<string, string> toDiffusers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> toSingleFile = new(StringComparer.Ordinal);

    /// <summary>Enters a layer, or a beginning that the names of several layers share.</summary>
    public void Add(string singleFile, string diffusers)
    {
        toDiffusers.Add(singleFile, diffusers);
        toSingleFile.TryAdd(diffusers, singleFile);
    }

    /// <summary>A tensor's name in diffusers; null for one of a layer that is not there.</summary>
    public string? ToDiffusers(string name) => Translate(toDiffusers, name);

    /// <summary>A tensor's name in the single file; null for one of a layer that is not there.</summary>
    public string? ToSingleFile(string name) => Translate(toSingleFile, name);

    /// <summary>How many different numbers follow a beginning.</summary>
    public static int CountAfter(IEnumerable<string> names, string beginning) =>
        names.Where(name => name.StartsWith(beginning, StringComparison.Ordinal))
            .Select(name => name[beginning.Length..].Split('.', 2)[0])
            .Distinct()
            .Count();

    // The longest beginning that is entered is exchanged.
    private static string? Translate(Dictionary<string, string> beginnings, string name)
    {
        for (var end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
        {
            if (beginnings.TryGetValue(name[..end], out var other))
            {
                return other + name[end..];
            }
        }

        return null;
    }
}
