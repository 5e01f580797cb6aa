using System.Globalization;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using Microsoft.Extensions.AI;

namespace DiffusionX.Hosting.Images;

/// <summary>Reads what a program asks of an <see cref="IImageGenerator"/>. Nothing of it is ignored in silence.</summary>
internal static class ImageOrderReader
{
    /// <exception cref="GenerationException">Something can't be met; the message names it.</exception>
    public static PictureOrder Read(IImageGenerator generator, ImageGenerationRequest request, ImageGenerationOptions? options)
    {
        if (options?.ResponseFormat is not (null or ImageGenerationResponseFormat.Data))
        {
            throw new GenerationException($"Pictures come as data here, not as {options.ResponseFormat}. Leave ResponseFormat out, or set it to Data.");
        }

        var (start, mask) = ReadOriginals(request.OriginalImages);
        var order = new PictureOrder
        {
            Prompt = request.Prompt ?? throw new GenerationException("The request has no prompt. An empty text is a valid one."),
            Base = ReadBase(generator, options),
            Count = options?.Count ?? 1,
            Width = options?.ImageSize?.Width,
            Height = options?.ImageSize?.Height,
            Start = start,
            Mask = mask,
            Previews = options?.StreamingCount ?? 0,
        };
        if (order.Previews < 0)
        {
            throw new GenerationException($"StreamingCount is {order.Previews}; it has to be at least 0.");
        }

        return (options?.AdditionalProperties ?? []).Aggregate(order, (changed, property) => Apply(changed, property.Key, property.Value));
    }

    private static GenerationRequest? ReadBase(IImageGenerator generator, ImageGenerationOptions? options) => options?.RawRepresentationFactory?.Invoke(generator) switch
    {
        null => null,
        GenerationRequest raw => raw,
        var other => throw new GenerationException($"RawRepresentationFactory gave a {other.GetType().Name}; it has to give a {nameof(GenerationRequest)}."),
    };

    private static PictureOrder Apply(PictureOrder order, string key, object? value) => key switch
    {
        "seed" => order with { Seed = Number<long>(key, value) },
        "steps" => order with { Steps = Number<int>(key, value) },
        "guidance_scale" => order with { GuidanceScale = Number<double>(key, value) },
        "strength" => order with { Strength = Number<double>(key, value) },
        "negative_prompt" => order with { NegativePrompt = value?.ToString() },
        "mask" => order with { Mask = value as Mask ?? (value is DataContent data ? Mask.Decode(data.Data.Span) : throw new GenerationException("The property mask has to be a Mask or a DataContent.")) },
        _ => throw new GenerationException($"The property {key} is not known here; there are seed, steps, guidance_scale, negative_prompt, strength and mask."),
    };

    private static T? Number<T>(string key, object? value)
        where T : struct, IParsable<T>
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        return value is null ? null : T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw new GenerationException($"The property {key} is {text}, which is no {typeof(T).Name}.");
    }

    private static (Picture? Start, Mask? Mask) ReadOriginals(IEnumerable<AIContent>? originals)
    {
        var contents = originals?.ToArray() ?? [];
        var pictures = contents.Where(content => !IsMask(content)).ToArray();
        var masks = contents.Where(IsMask).ToArray();
        if (pictures.Length > 1 || masks.Length > 1)
        {
            throw new GenerationException($"{pictures.Length} pictures and {masks.Length} masks were given; a run starts from one picture, and redraws where one mask says.");
        }

        return (pictures.Length == 0 ? null : Picture.Decode(Data(pictures[0])), masks.Length == 0 ? null : Mask.Decode(Data(masks[0])));
    }

    private static bool IsMask(AIContent content) => content is DataContent { Name: { } name } && Path.GetFileNameWithoutExtension(name).Equals("mask", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<byte> Data(AIContent content) => content is DataContent data
        ? data.Data.Span
        : throw new GenerationException($"An original image is a {content.GetType().Name}; it has to be a DataContent with the picture's bytes.");
}
