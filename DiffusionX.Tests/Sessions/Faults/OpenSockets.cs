namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>The sockets that this process holds, as Linux counts them; other systems are not asked.</summary>
internal static class OpenSockets
{
    private const string Handles = "/proc/self/fd";

    public static int Count() => Directory.Exists(Handles)
        ? Directory.EnumerateFileSystemEntries(Handles).Count(
            handle => new FileInfo(handle).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
        : 0;
}
