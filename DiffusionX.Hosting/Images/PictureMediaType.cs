using DiffusionX.Imaging;
using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Images;

/// <summary>The formats of pictures as the web names them.</summary>
internal static class PictureMediaType
{
    public static string Of(PictureFormat format) => format switch
    {
        PictureFormat.Png => "image/png",
        PictureFormat.Jpeg => "image/jpeg",
        _ => "image/webp",
    };

    /// <exception cref="GenerationException">Pictures are not written in it.</exception>
    public static PictureFormat Parse(string? mediaType) => mediaType?.ToLowerInvariant() switch
    {
        null or "image/png" => PictureFormat.Png,
        "image/jpeg" or "image/jpg" => PictureFormat.Jpeg,
        "image/webp" => PictureFormat.WebP,
        _ => throw new GenerationException($"Pictures are not written as {mediaType}. Ask for image/png, image/jpeg or image/webp."),
    };
}
