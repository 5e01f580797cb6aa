using System.Diagnostics;
using DiffusionX.Pipeline;

namespace DiffusionX.Benchmarks;

/// <summary>
/// What the cold-start benchmark's process does: load a model, take one step, and say how long that took since the process began.
/// </summary>
internal static class ColdStart
{
    public const string Verb = "cold-start";

    public static async Task<int> RunAsync(string folder)
    {
        using var process = Process.GetCurrentProcess();
        using var model = await DiffusionModel.LoadAsync(folder);
        var firstStep = new FirstStep(process.StartTime);
        await model.GenerateAsync(new GenerationRequest { Prompt = "a red house under a yellow moon", Steps = 1 }, firstStep);
        Console.WriteLine(FormattableString.Invariant($"{firstStep.Seconds:F3} s from process start to the first step"));
        return 0;
    }

    private sealed class FirstStep(DateTime processStart) : IProgress<GenerationProgress>
    {
        public double Seconds { get; private set; }

        public void Report(GenerationProgress value) => Seconds = (DateTime.Now - processStart).TotalSeconds;
    }
}
