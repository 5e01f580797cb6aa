using System.Text;

namespace DiffusionX.Cli.Terminal;

/// <summary>
/// Standard output and standard error, which may be closed, full or gone: what can't be written there is lost, and costs neither a picture
/// nor the process.
/// </summary>
internal static class StandardStreams
{
    private static ForgivingWriter? output;

    /// <summary>Why standard output took no more; null where it took everything, or where nobody wanted it.</summary>
    public static string? OutputFailure => output?.Failure;

    /// <summary>Guards both streams. To be called once, before anything is written.</summary>
    public static void Guard()
    {
        output = new ForgivingWriter(IsClosed(1) ? TextWriter.Null : Console.Out);
        Console.SetOut(output);
        Console.SetError(new ForgivingWriter(IsClosed(2) ? TextWriter.Null : Console.Error));
    }

    /// <summary>
    /// Whether a stream was closed before the program began. Then its number went to the first thing that the runtime opened, a pipe to
    /// itself: what is written there would not be lost but obeyed, as a request to end.
    /// </summary>
    private static bool IsClosed(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var target = TargetOf($"/proc/self/fd/{descriptor}");
        return target is null || (target.StartsWith("pipe:", StringComparison.Ordinal)
            && Directory.EnumerateFiles("/proc/self/fd").Any(other => TargetOf(other) == target && IsForReading(other)));
    }

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return Path.GetFileName(new FileInfo(descriptor).LinkTarget);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Of the flags, in octal, the last digit is the way of access.
    private static bool IsForReading(string descriptor)
    {
        try
        {
            var flags = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(descriptor)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (flags[^1] & 3) == 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Writes until that fails, and then no more.</summary>
    private sealed class ForgivingWriter(TextWriter inner) : TextWriter
    {
        private bool hasFailed;

        public string? Failure { get; private set; }

        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Try(() => inner.Write(value));

        public override void Write(string? value) => Try(() => inner.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

        public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

        public override void Flush() => Try(inner.Flush);

        private void Try(Action write)
        {
            if (hasFailed)
            {
                return;
            }

            try
            {
                write();
            }
            catch (UnauthorizedAccessException)
            {
                // The stream was closed: nobody waits for what would be written.
                hasFailed = true;
            }
            catch (IOException error)
            {
                hasFailed = true;
                Failure = error.Message;
            }
        }
    }
}
