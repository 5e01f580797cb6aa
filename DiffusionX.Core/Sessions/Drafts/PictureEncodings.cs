using DiffusionX.Imaging;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Drafts;

/// <summary>Picture formats by their numbers on the wire, and back.</summary>
internal static class PictureEncodings
{
    public static PictureFormat ToFormat(this PictureEncoding encoding) => encoding switch
    {
        PictureEncoding.WebP => PictureFormat.WebP,
        PictureEncoding.Jpeg => PictureFormat.Jpeg,
        _ => PictureFormat.Png,
    };

    public static PictureEncoding ToEncoding(this PictureFormat format) => format switch
    {
        PictureFormat.WebP => PictureEncoding.WebP,
        PictureFormat.Jpeg => PictureEncoding.Jpeg,
        _ => PictureEncoding.Png,
    };

    /// <summary>The format of a draft that is a picture; null for one that is a latent, or unknown.</summary>
    public static PictureFormat? ToFormat(this DraftEncoding encoding) => encoding switch
    {
        DraftEncoding.Png => PictureFormat.Png,
        DraftEncoding.WebP => PictureFormat.WebP,
        DraftEncoding.Jpeg => PictureFormat.Jpeg,
        _ => null,
    };
}
