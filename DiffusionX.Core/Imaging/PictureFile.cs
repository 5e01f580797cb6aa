using DiffusionX.Runtime;

namespace DiffusionX.Imaging;

/// <summary>Picture files as whole blocks of bytes, with errors that name the file.</summary>
internal static class PictureFile
{
    /// <summary>Far above any encoded picture of <see cref="Picture.MaxSide"/>: what is larger is no picture.</summary>
    private const long MaximumBytes = 512L << 20;

    /// <exception cref="PictureException">There is no such file, or it can't be read.</exception>
    public static byte[] Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return InputFile.ReadAllBytes(path, MaximumBytes);
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new PictureException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <exception cref="PictureException">The file can't be written.</exception>
    public static void Write(string path, byte[] content) => Try(path, () => AtomicFile.Write(path, content));

    /// <exception cref="PictureException">The file could not be written, as far as that can be known before.</exception>
    public static void CheckWritable(string path) => Try(path, () => AtomicFile.CheckWritable(path));

    private static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new PictureException($"{path} can't be written: {error.Message}", error);
        }
    }
}
