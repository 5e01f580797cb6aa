namespace DiffusionX.Imaging;

/// <summary>The file formats in which pictures are read and written.</summary>
public enum PictureFormat
{
    /// <summary>Lossless; can carry text, such as the settings that made the picture. Extension <c>.png</c>.</summary>
    Png,

    /// <summary>Lossy, without transparency. Extensions <c>.jpg</c> and <c>.jpeg</c>.</summary>
    Jpeg,

    /// <summary>Written lossy; lossless files are read too. Extension <c>.webp</c>.</summary>
    WebP,
}
