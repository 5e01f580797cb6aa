using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Hosting.Refining;
using DiffusionX.Runtime;
using DiffusionX.Sessions;

namespace DiffusionX.Hosting.Sessions;

/// <summary>
/// The folder that a host keeps its sessions in: of each its settings, as JSON, and its rounds, as <see
/// cref="DiffusionX.Sessions.Edge.EdgeSession.SaveAsync"/> writes them.
/// </summary>
internal sealed class SessionFolder
{
    private const string SettingsEnding = ".json";
    private const string RoundsEnding = ".dxs";

    private readonly string folder;

    /// <exception cref="SessionException">The folder can't be made.</exception>
    public SessionFolder(string folder)
    {
        this.folder = folder;
        Try(folder, () => Directory.CreateDirectory(folder));
    }

    /// <summary>The file with a session's rounds.</summary>
    public string FileOf(string id) => Path.Combine(folder, id + RoundsEnding);

    /// <summary>Where the files of a session's final pictures begin.</summary>
    public string FinalsOf(string id) => Path.Combine(folder, id);

    /// <summary>The settings of all sessions; files that are none are passed over, and named.</summary>
    public IReadOnlyList<SavedSettings> Read(Action<string, string> passedOver)
    {
        var sessions = new List<SavedSettings>();
        foreach (var file in Directory.EnumerateFiles(folder, "*" + SettingsEnding).Order(StringComparer.Ordinal))
        {
            try
            {
                var saved = JsonSerializer.Deserialize(File.ReadAllBytes(file), SavedSettingsJson.Default.SavedSettings);
                if (saved is not null && SettingsFile(saved.Id) == file)
                {
                    sessions.Add(saved);
                }
            }
            catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
            {
                passedOver(file, error.Message);
            }
        }

        return sessions;
    }

    /// <summary>Writes a session's settings; the file is there whole or not at all.</summary>
    /// <exception cref="SessionException">It can't be written.</exception>
    public void Write(SavedSettings saved)
    {
        var file = SettingsFile(saved.Id);
        Try(file, () => AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(saved, SavedSettingsJson.Default.SavedSettings)));
    }

    /// <summary>Deletes a session's files.</summary>
    /// <exception cref="SessionException">They can't be deleted.</exception>
    public void Delete(string id) => Try(SettingsFile(id), () =>
    {
        File.Delete(SettingsFile(id));
        File.Delete(FileOf(id));
        new FinalImages(FinalsOf(id)).Delete();
    });

    private string SettingsFile(string id) => Path.Combine(folder, id + SettingsEnding);

    private static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SessionException($"{path} can't be written: {error.Message}", error);
        }
    }
}

/// <summary>What is kept of a session beside its rounds.</summary>
internal sealed record SavedSettings(string Id, DateTimeOffset Created, SessionSettings Settings)
{
    /// <summary>What lists tell of it; null before its first round.</summary>
    public SessionSummary? Summary { get; init; }

    /// <summary>Settings that it had before, in the order of their last rounds.</summary>
    public IReadOnlyList<EarlierSettings> Earlier { get; init; } = [];

    /// <summary>The settings that a round was drawn with.</summary>
    public SessionSettings Of(int round) => Earlier.FirstOrDefault(earlier => round <= earlier.LastRound)?.Settings ?? Settings;
}

/// <summary>What a list tells of a session, so that it need not be opened for it.</summary>
/// <param name="Prompt">The current round's prompt.</param>
/// <param name="Current">The current round; null where the session stands before its first one.</param>
/// <param name="Rounds">How many it has.</param>
/// <param name="Updated">When something was drawn or chosen last.</param>
internal sealed record SessionSummary(string Prompt, int? Current, int Rounds, DateTimeOffset Updated);

/// <summary>Settings of a session until they were changed.</summary>
internal sealed record EarlierSettings(int LastRound, SessionSettings Settings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SavedSettings))]
internal sealed partial class SavedSettingsJson : JsonSerializerContext;
