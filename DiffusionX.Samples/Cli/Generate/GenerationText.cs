using System.Globalization;
using DiffusionX.Cli.Arguments;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Generate;

/// <summary>The settings of a picture as the text that its PNG carries: enough to draw it again.</summary>
internal static class GenerationText
{
    /// <summary>Of one picture.</summary>
    public static IReadOnlyDictionary<string, string> Of(GenerateSettings settings, GenerationRequest request, GeneratedImage image)
    {
        var text = Common(settings, request, image.Picture);
        text["Prompt"] = request.Prompt;
        text["Seed"] = SeedOption.Text(image.Seed);
        return text;
    }

    /// <summary>Of a sheet with the pictures of all prompts, which stand in lines.</summary>
    public static IReadOnlyDictionary<string, string> OfGrid(GenerateSettings settings, Picture picture)
    {
        var first = settings.Requests[0];
        var text = Common(settings, first, picture);
        text["Prompt"] = string.Join('\n', settings.Requests.Select(request => request.Prompt));
        text["Seed"] = settings.PicturesPerPrompt == 1
            ? SeedOption.Text(first.Seed)
            : $"{SeedOption.Text(first.Seed)} to {SeedOption.Text(first.Seed + settings.PicturesPerPrompt - 1)}";
        return text;
    }

    private static Dictionary<string, string> Common(GenerateSettings settings, GenerationRequest request, Picture picture)
    {
        var text = new Dictionary<string, string>
        {
            ["Software"] = "DiffusionX",
            ["Negative prompt"] = request.NegativePrompt,
            ["Model"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(settings.ModelFolder)),
            ["Steps"] = Invariant(request.Steps),
            ["Guidance scale"] = request.GuidanceScale.ToString(CultureInfo.InvariantCulture),
            ["Scheduler"] = request.Scheduler?.ToString() ?? "default",
            ["Size"] = $"{picture.Width}x{picture.Height}",
        };
        if (settings.InitImage is { } start)
        {
            text["Start"] = Path.GetFileName(start);
            if (settings.InitMask is { } mask)
            {
                text["Mask"] = Path.GetFileName(mask);
            }

            if (settings.Outpaint is var (left, top, right, bottom))
            {
                text["Outpaint"] = string.Create(CultureInfo.InvariantCulture, $"{left},{top},{right},{bottom}");
            }

            text["Strength"] = request.Strength.ToString(CultureInfo.InvariantCulture);
        }

        return text;
    }

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
