using System.Globalization;
using DiffusionX.Generation;

namespace DiffusionX.Cli.Generation;

/// <summary>The settings of a picture as the text that its PNG carries: enough to draw it again.</summary>
internal static class GenerationText
{
    public static IReadOnlyDictionary<string, string> Of(GenerateSettings settings, GeneratedImage image)
    {
        var request = settings.Request;
        var text = new Dictionary<string, string>
        {
            ["Software"] = "DiffusionX",
            ["Prompt"] = request.Prompt,
            ["Negative prompt"] = request.NegativePrompt,
            ["Model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.ModelFolder)),
            ["Seed"] = image.Seed.ToString(CultureInfo.InvariantCulture),
            ["Steps"] = request.Steps.ToString(CultureInfo.InvariantCulture),
            ["Guidance scale"] = request.GuidanceScale.ToString(CultureInfo.InvariantCulture),
            ["Scheduler"] = request.Scheduler?.ToString() ?? "default",
            ["Size"] = $"{image.Picture.Width}x{image.Picture.Height}",
        };
        if (settings.StartPicture is { } start)
        {
            text["Start"] = Path.GetFileName(start);
            text["Strength"] = request.Strength.ToString(CultureInfo.InvariantCulture);
        }

        return text;
    }
}
