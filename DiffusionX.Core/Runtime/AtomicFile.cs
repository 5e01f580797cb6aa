using System.Runtime.InteropServices;
using System.Text;

namespace DiffusionX.Runtime;

/// <summary>
/// Writes files whole: whoever looks, even after a power cut, finds the old file or the new one, never half of it. A link stays a link, and
/// the file that it leads to is replaced; the old file's permissions stay.
/// </summary>
internal static partial class AtomicFile
{
    private const int LongestName = 255;
    private const long LeastFreeBytes = 1 << 20;

    /// <summary>Whether an exception says that a file can't be written or read, and not that the program is wrong.</summary>
    public static bool IsFileError(Exception error) =>
        error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">It can't be written. The message is a sentence without the path.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new PendingFile(path);
        file.Stream.Write(content);
        file.Complete();
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte})" path="/exception"/>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file piece by piece.</summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte})" path="/exception"/>
    public static void Write(string path, Action<FileStream> write)
    {
        using var file = new PendingFile(path);
        write(file.Stream);
        file.Complete();
    }

    /// <summary>
    /// Finds out whether a file can be written, before there is anything to write: its folder is there, takes files and has room.
    /// </summary>
    /// <inheritdoc cref="Write(string, ReadOnlySpan{byte})" path="/exception"/>
    public static void CheckWritable(string path)
    {
        using var file = new PendingFile(path);
        file.CheckRoom();
    }

    /// <summary>What stands beside a file until it is whole. Disposed without <see cref="Complete"/> it leaves nothing behind.</summary>
    private sealed class PendingFile : IDisposable
    {
        private readonly string target;
        private readonly string? temporary;

        public PendingFile(string path)
        {
            target = Target(path);
            var folder = Path.GetDirectoryName(target)!;
            Check(folder);
            if (IsDevice(target))
            {
                Stream = new FileStream(target, FileMode.Open, FileAccess.Write);
                return;
            }

            // A short name: that of the file may be as long as names can be.
            temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
            Stream = Create(temporary, folder);
            try
            {
                TakeOverMode();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public FileStream Stream { get; }

        public void Complete()
        {
            if (temporary is null)
            {
                Stream.Flush();
                return;
            }

            Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            File.Move(temporary, target, overwrite: true);
            FlushFolder(Path.GetDirectoryName(target)!);
        }

        public void CheckRoom()
        {
            if (temporary is not null && new DriveInfo(Path.GetDirectoryName(target)!).AvailableFreeSpace < LeastFreeBytes)
            {
                throw new IOException("The disk is full.");
            }
        }

        public void Dispose()
        {
            try
            {
                Stream.Dispose();
            }
            finally
            {
                if (temporary is not null)
                {
                    // Nothing is there any more after the file was moved to its place.
                    File.Delete(temporary);
                }
            }
        }

        private static string Target(string path)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            if (Path.EndsInDirectorySeparator(path))
            {
                throw new IOException("It is a folder: a file's name is missing at its end.");
            }

            var full = Path.GetFullPath(path);
            return new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
        }

        private static FileStream Create(string temporary, string folder)
        {
            try
            {
                return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
            }
            catch (UnauthorizedAccessException error)
            {
                throw new UnauthorizedAccessException($"This user may not write to {folder}.", error);
            }
        }

        // A picture for /dev/null or /dev/stdout goes there: a file in its place would take the machine's device away.
        private static bool IsDevice(string path) =>
            !OperatingSystem.IsWindows() && (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal));

        private void Check(string folder)
        {
            if (Directory.Exists(target))
            {
                throw new IOException("It is a folder, not a file.");
            }

            if (!Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException(File.Exists(folder) ? $"{folder} is a file, not a folder." : "Its folder does not exist.");
            }

            var length = Encoding.UTF8.GetByteCount(Path.GetFileName(target));
            if (length > LongestName)
            {
                throw new PathTooLongException($"The name takes {length} bytes, and file systems take at most {LongestName}.");
            }
        }

        private void TakeOverMode()
        {
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(Stream.SafeFileHandle, File.GetUnixFileMode(target));
            }
        }
    }

    // The new name is durable when the folder that holds it is. Windows has no such call and needs none; where it fails, nothing better can
    // be done.
    private static void FlushFolder(string folder)
    {
        const int readOnly = 0;
        if (!OperatingSystem.IsWindows() && Open(folder, readOnly) is >= 0 and var descriptor)
        {
            _ = Flush(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
