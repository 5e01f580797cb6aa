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
            if (Directory.Exists(path))
            {
                throw new PictureException($"{path}: a folder, not a picture file.");
            }

            var length = new FileInfo(path).Length;
            return length <= MaximumBytes
                ? File.ReadAllBytes(path)
                : throw new PictureException($"{path}: a picture file has at most {MaximumBytes >> 20} MiB, this one {length >> 20}.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PictureException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (IsFileError(error))
        {
            throw new PictureException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <summary>Writes beside the file first, so that whoever looks finds the old file or the new one, never half of it.</summary>
    /// <exception cref="PictureException">The file can't be written.</exception>
    public static void Write(string path, byte[] content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (DirectoryNotFoundException error)
        {
            throw new PictureException($"{path} can't be written: its folder does not exist.", error);
        }
        catch (Exception error) when (IsFileError(error))
        {
            TryDelete(temporary);
            throw new PictureException($"{path} can't be written: {error.Message}", error);
        }
    }

    private static bool IsFileError(Exception error) =>
        error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (IsFileError(error))
        {
            // The error that matters is the one that made the file superfluous.
        }
    }
}
