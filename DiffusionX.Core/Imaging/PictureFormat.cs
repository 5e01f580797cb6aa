namespace DiffusionX.Imaging;

/// <summary>The file formats in which pictures are written. BMP and GIF are read besides.</summary>
public enum PictureFormat
{
    /// <summary>Lossless; can carry text, such as the settings that made the picture. Extension <c>.png</c>.</summary>
    Png,

    /// <summary>Lossy, without transparency. Extensions <c>.jpg</c> and <c>.jpeg</c>.</summary>
    Jpeg,

    /// <summary>Written lossy; lossless files are read too. Extension <c>.webp</c>.</summary>
    WebP,
}

/// <summary>The file formats from which pictures are read.</summary>
internal enum ReadableFormat
{
    Png,
    Jpeg,
    WebP,
    Bmp,
    Gif,
}
