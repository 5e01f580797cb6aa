using DiffusionX.Imaging;

namespace DiffusionX.Hosting.Images;

/// <summary>A picture of a request, on its way or as it is in the end.</summary>
/// <param name="Image">Which of the request's pictures, from 0.</param>
/// <param name="Partial">Which look at it on its way, from 0; null for the picture itself.</param>
/// <param name="Picture">The picture, at its full size.</param>
/// <param name="Seed">The seed that it is drawn with.</param>
internal sealed record PictureUpdate(int Image, int? Partial, Picture Picture, long Seed)
{
    /// <summary>Whether this is the picture itself.</summary>
    public bool IsFinal => Partial is null;
}
