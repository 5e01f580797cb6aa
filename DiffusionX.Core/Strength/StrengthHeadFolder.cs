using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Checkpoints;
using DiffusionX.Runtime;

namespace DiffusionX.Strength;

/// <summary>
/// The folder of a trained head: <c>config.json</c>, with the fingerprints of its encoders, and <c>model.safetensors</c>.
/// </summary>
internal static class StrengthHeadFolder
{
    private const string ConfigFile = "config.json";
    private const string WeightsFile = "model.safetensors";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes a head.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="head">The head.</param>
    /// <exception cref="CheckpointException">The weights can't be written.</exception>
    public static void Save(string folder, StrengthHead head)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(head);
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(head.Config, Format) + "\n");
        SafetensorsWriter.Save(Path.Combine(folder, WeightsFile), head.state_dict());
    }

    /// <summary>Reads a head, if it was trained with these encoders.</summary>
    /// <param name="folder">What <see cref="Save"/> wrote.</param>
    /// <param name="side">Whose strengths it has to predict.</param>
    /// <param name="encoders">The fingerprints of the encoders that it is going to be used with, by their names.</param>
    /// <returns>The head, to be disposed by the caller.</returns>
    /// <exception cref="StrengthException">It is not a head of this side, or was trained with other encoders, whose embeddings mean
    /// something else.</exception>
    /// <exception cref="Checkpoints.ModelConfigException">There is no config.</exception>
    /// <exception cref="CheckpointException">The weights are missing, damaged, or do not fit the config.</exception>
    public static StrengthHead Load(string folder, StrengthSide side, IReadOnlyDictionary<string, string> encoders)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(encoders);
        var config = ReadConfig(folder);
        Check(config, folder, side, encoders);
        TorchRuntime.EnsureLoaded();
        var head = new StrengthHead(config);
        try
        {
            using var weights = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
            WeightLoader.Load(head, weights, CheckpointKeys.Exact);
            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>Reads what a head is, without its weights.</summary>
    /// <param name="folder">What <see cref="Save"/> wrote.</param>
    /// <exception cref="StrengthException">The config is damaged.</exception>
    /// <exception cref="Checkpoints.ModelConfigException">There is no config.</exception>
    public static StrengthHeadConfig ReadConfig(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var (json, source) = ComponentFolder.ReadJson(folder, ConfigFile);
        try
        {
            var config = json.Deserialize<StrengthHeadConfig>(Format);
            if (config is not { Inputs: > 0 } || config.HiddenWidths.Any(width => width <= 0))
            {
                throw new StrengthException($"{source}: 'inputs' and 'hidden_widths' have to be positive.");
            }

            return config.Floor is { } floor && !(StrengthRange.Holds(floor.From) && StrengthRange.Holds(floor.Strength))
                ? throw new StrengthException(FormattableString.Invariant($"{source}: 'from' and 'strength' of 'ample' have to be from {StrengthRange.Smallest:F2} to {StrengthRange.Largest:F2}."))
                : config;
        }
        catch (JsonException error)
        {
            throw new StrengthException($"{source} is no config of a strength head: {error.Message}", error);
        }
    }

    private static void Check(StrengthHeadConfig config, string folder, StrengthSide side, IReadOnlyDictionary<string, string> encoders)
    {
        if (config.Side != side)
        {
            throw new StrengthException($"{folder} predicts strengths of the {config.Side}, and was to be used on the {side}.");
        }

        foreach (var (name, fingerprint) in encoders)
        {
            if (config.Encoders.GetValueOrDefault(name) != fingerprint)
            {
                throw new StrengthException(
                    $"{folder} was trained with the {name} {Short(config.Encoders.GetValueOrDefault(name))} and is to be used with {Short(fingerprint)}, whose embeddings mean "
                    + $"something else. Load that encoder, or train a head for this one: diffusionx train strength --side {side.ToString().ToLowerInvariant()}.");
            }
        }
    }

    private static string Short(string? fingerprint) => fingerprint is null ? "(none)" : fingerprint[..Math.Min(12, fingerprint.Length)];
}
