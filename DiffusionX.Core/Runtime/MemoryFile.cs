using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DiffusionX.Runtime;

/// <summary>An anonymous file in memory (Linux <c>memfd_create</c>) that has a path for as long as it is open.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class MemoryFile : IDisposable
{
    private readonly SafeFileHandle handle;

    /// <summary>Makes a memory file that holds <paramref name="content"/>.</summary>
    /// <param name="name">A name for people who look into <c>/proc</c>.</param>
    /// <param name="content">The bytes of the file.</param>
    public MemoryFile(string name, ReadOnlySpan<byte> content)
    {
        var descriptor = CreateMemoryFile(name, 0);
        if (descriptor < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "memfd_create failed");
        }

        handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(handle, content, 0);
        Path = $"/proc/self/fd/{descriptor}";
    }

    /// <summary>The path under which this process can open or load the file.</summary>
    public string Path { get; }

    public void Dispose() => handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
