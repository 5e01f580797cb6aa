namespace DiffusionX.Runtime;

/// <summary>Opens files and nothing else: opening a pipe waits for who writes into it, and a device may never end.</summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <exception cref="IOException">There is no such file, it is empty, or it is a folder, a pipe or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static FileStream OpenRead(string path)
    {
        RefuseOthers(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="maxLength">The most bytes that it may have; nothing is allocated for a longer one.</param>
    /// <exception cref="IOException">There is no such file, it is empty or too long, or it is a folder, a pipe or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static byte[] ReadAllBytes(string path, int maxLength)
    {
        using var stream = OpenRead(path);
        if (stream.Length > maxLength)
        {
            throw new IOException($"{stream.Length} bytes are more than the {maxLength} that such a file may have.");
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    // .NET does not tell the kinds of files apart. Pipes, sockets and devices have no length, and what has none holds nothing that could be
    // read.
    private static void RefuseOthers(string path)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (Directory.Exists(target))
        {
            throw new IOException("It is a folder.");
        }

        if (new FileInfo(target).Length == 0)
        {
            throw new IOException("It is empty, or a pipe or device in place of a file.");
        }
    }
}
