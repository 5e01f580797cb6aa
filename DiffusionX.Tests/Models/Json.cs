using System.Text.Json;

namespace DiffusionX.Tests.Models;

/// <summary>Config files, written down in a test.</summary>
internal static class Json
{
    public static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
