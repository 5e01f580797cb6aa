using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Fills a module from a checkpoint, strictly: every parameter and buffer has to be there, in its shape, and nothing else may be. All that
/// does not fit is found before anything is copied, and listed in one error.
/// </summary>
internal static class WeightLoader
{
    private const int ListedAtMost = 20;

    /// <summary>Fills a module.</summary>
    /// <param name="module">What to fill. Its parameters keep their type, device and memory order.</param>
    /// <param name="source">Where from.</param>
    /// <param name="keys">How the file's names are to be read; null for just as they are.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    /// <exception cref="CheckpointException">Names or shapes do not fit, or a tensor can't be read.</exception>
    public static void Load(nn.Module module, IWeightSource source, CheckpointKeys? keys = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(source);
        var targets = module.state_dict();
        var entries = Match(targets, source, keys ?? CheckpointKeys.Exact);
        using var noGradient = no_grad();
        foreach (var (name, entry) in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            source.CopyTo(entry.Name, targets[name]);
        }
    }

    /// <summary>Whether a source would fill a module: all that does not fit is listed in one error, and nothing is copied.</summary>
    /// <param name="module">The module; it may lie on the meta device, where tensors have shapes and no memory.</param>
    /// <param name="source">Where from.</param>
    /// <param name="keys">How the file's names are to be read.</param>
    /// <exception cref="CheckpointException">Names or shapes do not fit.</exception>
    internal static void Check(nn.Module module, IWeightSource source, CheckpointKeys keys) => Match(module.state_dict(), source, keys);

    private static Dictionary<string, TensorEntry> Match(Dictionary<string, Tensor> targets, IWeightSource source, CheckpointKeys keys)
    {
        var entries = new Dictionary<string, TensorEntry>();
        var problems = new Problems();
        foreach (var entry in source.Tensors.Values.Where(entry => !keys.Ignores(entry.Name)))
        {
            var name = keys.Rename(entry.Name);
            if (!targets.TryGetValue(name, out var target))
            {
                problems.Unexpected.Add(entry.ToString());
            }
            else if (!entries.TryAdd(name, entry))
            {
                problems.Unexpected.Add($"{entry} (a second '{name}')");
            }
            else if (!keys.Fits(entry.Shape, target.shape))
            {
                problems.Misshapen.Add($"{entry} (expected [{string.Join(", ", target.shape)}])");
            }
        }

        problems.Missing.AddRange(targets.Where(pair => !entries.ContainsKey(pair.Key) && !CheckpointKeys.IsCounter(pair.Key))
            .Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]"));
        return problems.Any ? throw problems.ToException(source.Description) : entries;
    }

    private sealed class Problems
    {
        public List<string> Missing { get; } = [];

        public List<string> Unexpected { get; } = [];

        public List<string> Misshapen { get; } = [];

        public bool Any => Missing.Count + Unexpected.Count + Misshapen.Count > 0;

        public CheckpointException ToException(string source) => new(
            $"{source} does not fit the model that its config describes. {List("missing", Missing)}{List("unexpected", Unexpected)}{List("of another shape", Misshapen)}"
            + "Check that config.json and the weights belong together.");

        private static string List(string what, List<string> names) => names.Count == 0
            ? ""
            : $"{names.Count} {what}: {string.Join(", ", names.Take(ListedAtMost))}{(names.Count > ListedAtMost ? " …" : "")}. ";
    }
}
