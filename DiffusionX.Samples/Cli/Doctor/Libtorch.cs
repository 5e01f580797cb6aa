using DiffusionX.Runtime;

namespace DiffusionX.Cli.Doctor;

/// <summary>Whether libtorch is there.</summary>
internal static class Libtorch
{
    /// <summary>Loads libtorch.</summary>
    /// <returns>What is missing and what to do, or null where it loads.</returns>
    public static string? WhyItDoesNotLoad()
    {
        // TorchSharp prints a trace of its search to standard output before it fails.
        var output = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            TorchRuntime.EnsureLoaded();
            return null;
        }
        catch (TorchUnavailableException missing)
        {
            return missing.Message;
        }
        finally
        {
            Console.SetOut(output);
        }
    }
}
