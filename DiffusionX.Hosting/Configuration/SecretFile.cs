using DiffusionX.Transport;

namespace DiffusionX.Hosting.Configuration;

/// <summary>Secrets in files: on a command line, everybody on the machine could read them.</summary>
internal static class SecretFile
{
    /// <summary>The token of a configuration: its own, or the first line of the file that it names.</summary>
    /// <exception cref="TransportException">The file can't be read, or is empty.</exception>
    public static string? ReadToken(string? token, string? file) =>
        file is null ? token : ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } line ? line : throw new TransportException($"{file} holds no token: its first line is empty.");

    /// <summary>The keys of a file, one a line.</summary>
    /// <exception cref="TransportException">The file can't be read, or holds none.</exception>
    public static IReadOnlyList<string> ReadKeys(string file)
    {
        string[] keys = [.. ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        return keys.Length > 0 ? keys : throw new TransportException($"{file} holds no key. Write one a line.");
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransportException($"The token can't be read from {file}: {error.Message}", error);
        }
    }
}
