using DiffusionX.Transport;

namespace DiffusionX.Cli.Links;

/// <summary>
/// The token that a server asks for, from a file or from the environment: on the command line, everybody on the machine could read it.
/// </summary>
internal static class SharedSecret
{
    public const string Variable = "DIFFUSIONX_TOKEN";

    /// <summary>The token; null if there is none.</summary>
    /// <param name="file">The file that holds it, in its first line; null to look into the environment.</param>
    /// <exception cref="TransportException">The file can't be read, or is empty.</exception>
    public static string? Read(string? file)
    {
        if (file is null)
        {
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;
        }

        try
        {
            return File.ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } token ? token : throw new TransportException($"{file} holds no token: its first line is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransportException($"The token can't be read from {file}: {error.Message}", error);
        }
    }
}
