namespace DiffusionX.Runtime;

/// <summary>Files that came from elsewhere, read whole and within bounds.</summary>
internal static class InputFile
{
    /// <summary>Reads a file that has 1 to <paramref name="maximum"/> bytes.</summary>
    /// <remarks>Pipes and devices, on which a reader would wait, have no length and count as empty.</remarks>
    /// <exception cref="IOException">There is no such file, or it is none to read. The message is a sentence without the path.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static byte[] ReadAllBytes(string path, long maximum)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new IOException("It is a folder, not a file.");
        }

        var length = LengthOf(path);
        if (length == 0)
        {
            throw new IOException("It is empty, or no regular file.");
        }

        return length <= maximum
            ? File.ReadAllBytes(path)
            : throw new IOException($"It has {length >> 20} MiB, and at most {maximum >> 20} are read.");
    }

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? throw new IOException("It is a link to nothing.");
        }

        return file.Exists ? file.Length : throw new FileNotFoundException("There is no such file.");
    }
}
