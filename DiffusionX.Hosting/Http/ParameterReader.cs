using System.Globalization;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Images;
using DiffusionX.Imaging;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>What a client asks of the image endpoints, checked.</summary>
/// <param name="Model">The model; null for the host's default.</param>
/// <param name="Order">Which pictures.</param>
/// <param name="Output">In which format.</param>
/// <param name="AsUrl">Whether as an address, to be fetched there.</param>
/// <param name="Stream">Whether as events.</param>
/// <param name="Quality">The quality as the client called it.</param>
internal sealed record ImageParameters(string? Model, PictureOrder Order, PictureOutput Output, bool AsUrl, bool Stream, string Quality);

/// <summary>Reads and checks the parameters of the API's requests.</summary>
internal sealed class ParameterReader(HttpApiOptions limits)
{
    private const int MostPartialImages = 3;

    private static readonly string[] FormFields =
    [
        "prompt", "model", "n", "size", "quality", "background", "output_format", "output_compression", "response_format", "stream", "partial_images", "user",
        "safety_identifier", "input_fidelity", "moderation", "seed", "steps", "guidance_scale", "negative_prompt", "strength",
    ];

    /// <exception cref="ApiException">A parameter is wrong; the error names it.</exception>
    public ImageParameters Read(ImageGenerationBody body)
    {
        OneOf("style", body.Style);
        OneOf("background", body.Background, "auto", "opaque");
        OneOf("moderation", body.Moderation, "auto", "low");
        OneOf("response_format", body.ResponseFormat, "b64_json", "url");
        var stream = body.Stream ?? false;
        var (width, height) = Size(body.Size);
        var order = new PictureOrder
        {
            Prompt = Prompt("prompt", body.Prompt),
            NegativePrompt = body.NegativePrompt is { } negative ? Prompt("negative_prompt", negative) : null,
            Count = (int)Within("n", body.N ?? 1, 1, limits.MaxImages),
            Width = width,
            Height = height,
            Seed = body.Seed,
            Steps = body.Steps is { } steps ? (int)Within("steps", steps, 1, limits.MaxSteps) : null,
            StepsFactor = StepsFactor(body.Quality),
            GuidanceScale = body.GuidanceScale is { } scale ? Within("guidance_scale", scale, 0, 100) : null,
            Previews = Previews(stream, body.PartialImages),
        };
        var output = PictureOutput.Read(body.OutputFormat, body.OutputCompression);
        return new ImageParameters(body.Model, order, output, body.ResponseFormat == "url", stream, body.Quality ?? "auto");
    }

    /// <summary>Reads the form of an edit, its pictures included.</summary>
    /// <exception cref="ApiException">A parameter is wrong; the error names it.</exception>
    /// <exception cref="PictureException">A picture can't be read.</exception>
    public async Task<ImageParameters> ReadAsync(IFormCollection form, CancellationToken cancellationToken)
    {
        if (form.Keys.FirstOrDefault(key => !FormFields.Contains(key)) is { } unknown)
        {
            throw ApiException.Invalid(unknown, $"Unknown parameter: '{unknown}'.", "unknown_parameter");
        }

        OneOf("input_fidelity", Text(form, "input_fidelity"), "low", "high");
        var parameters = Read(new ImageGenerationBody
        {
            Prompt = Text(form, "prompt") ?? throw Missing("prompt"),
            Model = Text(form, "model"),
            N = Number<int>(form, "n"),
            Size = Text(form, "size"),
            Quality = Text(form, "quality"),
            Background = Text(form, "background"),
            Moderation = Text(form, "moderation"),
            OutputFormat = Text(form, "output_format"),
            OutputCompression = Number<int>(form, "output_compression"),
            ResponseFormat = Text(form, "response_format"),
            Stream = Flag(form, "stream"),
            PartialImages = Number<int>(form, "partial_images"),
            Seed = Number<long>(form, "seed"),
            Steps = Number<int>(form, "steps"),
            GuidanceScale = Number<double>(form, "guidance_scale"),
            NegativePrompt = Text(form, "negative_prompt"),
        });
        var strength = Number<double>(form, "strength");
        var (image, mask) = Files(form.Files);
        return parameters with
        {
            Order = parameters.Order with
            {
                Start = Picture.Decode(await BytesAsync(image, cancellationToken).ConfigureAwait(false)),
                Mask = mask is null ? null : Mask.Decode(await BytesAsync(mask, cancellationToken).ConfigureAwait(false)),
                Strength = strength is { } noise ? Within("strength", noise, 0, 1) : null,
            },
        };
    }

    /// <exception cref="ApiException">It is no size, or too large a one.</exception>
    public (int? Width, int? Height) Size(string? size)
    {
        if (size is null or "auto")
        {
            return (null, null);
        }

        var sides = size.Split('x');
        if (sides.Length != 2 || !TryParse(sides[0], out int width) || !TryParse(sides[1], out int height) || width < 1 || height < 1)
        {
            throw ApiException.Invalid("size", $"Invalid value: '{Short(size)}'. It has to be WIDTHxHEIGHT, such as '512x512', or 'auto'.");
        }

        return (long)width * height <= limits.MaxPixels
            ? (width, height)
            : throw ApiException.Invalid("size", $"{width}x{height} has {(long)width * height} pixels; this server draws at most {limits.MaxPixels}.");
    }

    /// <exception cref="ApiException">It is too long.</exception>
    public string Prompt(string param, string prompt) => prompt.Length <= limits.MaxPromptLength
        ? prompt
        : throw ApiException.Invalid(param, $"The text has {prompt.Length} characters; this server takes at most {limits.MaxPromptLength}.", "string_above_max_length");

    /// <summary>How many looks at a picture on its way are wanted.</summary>
    /// <exception cref="ApiException">There are too many, or no stream to send them in.</exception>
    public static int Previews(bool stream, int? partialImages)
    {
        var previews = (int)Within("partial_images", partialImages ?? 0, 0, MostPartialImages);
        return stream || previews == 0 ? previews : throw ApiException.Invalid("partial_images", "Partial images come in a stream: set 'stream' to true, or leave them out.");
    }

    // Written so that NaN is outside of every range.
    public static double Within(string param, double value, double smallest, double largest) => value >= smallest && value <= largest
        ? value
        : throw ApiException.Invalid(param, FormattableString.Invariant($"Invalid value: {value}. It has to be from {smallest} to {largest}."));

    private static double StepsFactor(string? quality)
    {
        OneOf("quality", quality, "auto", "low", "medium", "standard", "high", "hd");
        return quality switch
        {
            "low" => 0.5,
            "high" or "hd" => 2,
            _ => 1,
        };
    }

    private static void OneOf(string param, string? value, params string[] known)
    {
        if (value is not null && !known.Contains(value))
        {
            var support = known.Length == 0 ? "It is not known here; leave it out." : $"Supported values are: {string.Join(", ", known.Select(each => $"'{each}'"))}.";
            throw ApiException.Invalid(param, $"Invalid value: '{Short(value)}'. {support}");
        }
    }

    private static (IFormFile Image, IFormFile? Mask) Files(IFormFileCollection files)
    {
        var images = files.Where(file => file.Name is "image" or "image[]").ToArray();
        var masks = files.Where(file => file.Name == "mask").ToArray();
        if (files.FirstOrDefault(file => file.Name is not ("image" or "image[]" or "mask")) is { } unknown)
        {
            throw ApiException.Invalid(unknown.Name, $"Unknown file: '{Short(unknown.Name)}'.", "unknown_parameter");
        }

        return images.Length <= 1 && masks.Length <= 1
            ? (images.FirstOrDefault() ?? throw Missing("image"), masks.FirstOrDefault())
            : throw ApiException.Invalid("image", $"{images.Length} pictures and {masks.Length} masks were sent; an edit starts from one picture, and redraws where one mask says.");
    }

    private static async Task<byte[]> BytesAsync(IFormFile file, CancellationToken cancellationToken)
    {
        var bytes = new byte[file.Length];
        var stream = file.OpenReadStream();
        await using var closed = stream.ConfigureAwait(false);
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private static string? Text(IFormCollection form, string key) => form.TryGetValue(key, out var values)
        ? values.Count == 1 ? values[0] : throw ApiException.Invalid(key, $"'{key}' is given {values.Count} times.")
        : null;

    private static T? Number<T>(IFormCollection form, string key)
        where T : struct, IParsable<T>
    {
        var text = Text(form, key);
        return text is null ? null : TryParse(text, out T number) ? number : throw ApiException.Invalid(key, $"Invalid value: '{Short(text)}'. It has to be a number.", "invalid_type");
    }

    private static bool? Flag(IFormCollection form, string key) => Text(form, key) switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        var other => throw ApiException.Invalid(key, $"Invalid value: '{Short(other)}'. It has to be true or false.", "invalid_type"),
    };

    private static bool TryParse<T>(string text, out T value)
        where T : struct, IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out value);

    private static ApiException Missing(string param) => ApiException.Invalid(param, $"Missing required parameter: '{param}'.", "missing_required_parameter");

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
