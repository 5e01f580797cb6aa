using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DiffusionX.Runtime;

namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// A file of sessions in JSON lines, UTF-8, one session a line:
/// <code>{"id": "coco-139-2", "rounds": [{"prompt": "a dog"}, {"prompt": "a brown dog", "edit": "attribute"}]}</code>
/// <c>id</c> is there once in a file, <c>rounds</c> has one round or more, <c>prompt</c> is not empty, <c>edit</c> may be left out. Empty
/// lines are skipped; other properties are an error, since they would mean something that nobody reads.
/// </summary>
internal static class PromptSet
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="PromptSetException">The file can't be read, or a line of it is no session; the message names the line.</exception>
    public static IReadOnlyList<PromptSession> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var lineOfId = new Dictionary<string, int>();
        var sessions = new List<PromptSession>();
        foreach (var (line, number) in Lines(path))
        {
            var session = Parse(line, $"{path}, line {number}");
            if (!lineOfId.TryAdd(session.Id, number))
            {
                throw new PromptSetException($"{path}, line {number}: the id '{session.Id}' is that of line {lineOfId[session.Id]}; each session has its own.");
            }

            sessions.Add(session);
        }

        return sessions.Count > 0 ? sessions : throw new PromptSetException($"{path}: there is no session in it.");
    }

    /// <summary>Writes a file; it appears whole or not at all.</summary>
    /// <exception cref="PromptSetException">The file can't be written.</exception>
    public static void Write(string path, IEnumerable<PromptSession> sessions)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(sessions);
        try
        {
            AtomicFile.Write(path, string.Concat(sessions.Select(session => JsonSerializer.Serialize(session, Format) + "\n")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PromptSetException($"{path} can't be written: {error.Message}", error);
        }
    }

    private static (string Line, int Number)[] Lines(string path)
    {
        try
        {
            return [.. File.ReadAllLines(path).Select((line, i) => (line, i + 1)).Where(numbered => !string.IsNullOrWhiteSpace(numbered.line))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PromptSetException($"{path} can't be read: {error.Message}", error);
        }
    }

    private static PromptSession Parse(string line, string place)
    {
        try
        {
            var session = JsonSerializer.Deserialize<PromptSession>(line, Format) ?? throw new PromptSetException($"{place}: null is no session.");
            return Check(session, place);
        }
        catch (JsonException error)
        {
            throw new PromptSetException($"{place}: {error.Message}", error);
        }
    }

    private static PromptSession Check(PromptSession session, string place)
    {
        if (string.IsNullOrWhiteSpace(session.Id))
        {
            throw new PromptSetException($"{place}: the id is empty.");
        }

        if (session.Rounds.IsDefaultOrEmpty || session.Rounds.Any(round => round is null || string.IsNullOrWhiteSpace(round.Prompt)))
        {
            throw new PromptSetException($"{place}: a session has one round or more, each with a prompt.");
        }

        return session;
    }
}
