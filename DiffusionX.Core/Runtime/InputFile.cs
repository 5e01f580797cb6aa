namespace DiffusionX.Runtime;

/// <summary>Files that came from elsewhere. Nothing else is opened: a pipe would be waited for, and a device may never end.</summary>
internal static class InputFile
{
    /// <summary>Opens a file that has at least one byte.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <exception cref="IOException">There is no such file, or it is none to read. The message is a sentence without the path.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static FileStream OpenRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? throw new IOException("It is a link to nothing.");
        }

        if (Directory.Exists(file.FullName))
        {
            throw new IOException("It is a folder, not a file.");
        }

        // .NET does not tell the kinds of files apart; pipes, sockets and devices have no length.
        return !file.Exists ? throw new FileNotFoundException("There is no such file.")
            : file.Length == 0 ? throw new IOException("It is empty, or a pipe or device and no regular file.")
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>Reads a whole file that has 1 to <paramref name="maximum"/> bytes; nothing is allocated for a longer one.</summary>
    /// <exception cref="IOException">There is no such file, or it is none to read. The message is a sentence without the path.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static byte[] ReadAllBytes(string path, long maximum)
    {
        using var file = OpenRead(path);
        if (file.Length > maximum)
        {
            throw new IOException($"It has {file.Length >> 20} MiB, and at most {maximum >> 20} are read.");
        }

        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }
}
