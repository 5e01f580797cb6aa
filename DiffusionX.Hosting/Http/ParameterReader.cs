using System.Globalization;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Images;
using DiffusionX.Imaging;

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

    /// <summary>What the form of an edit may have besides its pictures.</summary>
    public static IReadOnlyList<string> EditFields { get; } =
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
    public async Task<ImageParameters> ReadAsync(ApiForm form, CancellationToken cancellationToken)
    {
        OneOf("input_fidelity", form.Text("input_fidelity"), "low", "high");
        var parameters = Read(new ImageGenerationBody
        {
            Prompt = form.Required("prompt"),
            Model = form.Text("model"),
            N = form.Number<int>("n"),
            Size = form.Text("size"),
            Quality = form.Text("quality"),
            Background = form.Text("background"),
            Moderation = form.Text("moderation"),
            OutputFormat = form.Text("output_format"),
            OutputCompression = form.Number<int>("output_compression"),
            ResponseFormat = form.Text("response_format"),
            Stream = form.Flag("stream"),
            PartialImages = form.Number<int>("partial_images"),
            Seed = form.Number<long>("seed"),
            Steps = form.Number<int>("steps"),
            GuidanceScale = form.Number<double>("guidance_scale"),
            NegativePrompt = form.Text("negative_prompt"),
        });
        var strength = form.Number<double>("strength");
        return parameters with
        {
            Order = parameters.Order with
            {
                Start = await form.PictureAsync("image", cancellationToken).ConfigureAwait(false) ?? throw ApiForm.Missing("image"),
                Mask = await form.MaskAsync("mask", cancellationToken).ConfigureAwait(false),
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
        if (sides.Length != 2 || !int.TryParse(sides[0], CultureInfo.InvariantCulture, out var width) || !int.TryParse(sides[1], CultureInfo.InvariantCulture, out var height) || width < 1 || height < 1)
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

    /// <summary>The mask that a file holds.</summary>
    /// <exception cref="ApiException">It can't be read.</exception>
    public static Mask Mask(string param, byte[] bytes)
    {
        try
        {
            return Imaging.Mask.Decode(bytes);
        }
        catch (PictureException unreadable)
        {
            throw ApiException.Invalid(param, unreadable.Message, "invalid_image");
        }
    }

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

    /// <summary>What a message shows of a text.</summary>
    public static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
