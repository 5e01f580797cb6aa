using System.Diagnostics;
using System.Runtime.InteropServices;
using DiffusionX.Runtime;

namespace DiffusionX.Tests.Runtime;

/// <summary>What a program does to its process before it computes.</summary>
public class TuningTests
{
    [Test]
    public void A_library_that_is_made_in_memory_answers_by_its_function()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
        {
            Assert.Ignore("The library is machine code of x86-64, for Linux.");
            return;
        }

        using var file = new MemoryFile("answer", ElfLibrary.OfFunction("answer", [0xB8, 42, 0, 0, 0, 0xC3]));

        var answer = Marshal.GetDelegateForFunctionPointer<Answer>(NativeLibrary.GetExport(NativeLibrary.Load(file.Path), "answer"));

        Assert.That(answer(), Is.EqualTo(42));
    }

    [Test]
    public void A_library_leaves_the_process_of_its_host_as_it_is()
    {
        TorchRuntime.EnsureLoaded();

        TorchRuntime.TuneProcess();

        Assert.That(Loaded(), Has.None.Contains("mkl_serv"));
    }

    // The names of what is mapped into this process's memory.
    private static string[] Loaded() => OperatingSystem.IsLinux() ? File.ReadAllLines("/proc/self/maps") : [.. Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(module => module.ModuleName)];

    private delegate int Answer();
}
