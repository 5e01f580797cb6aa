using System.Globalization;
using DiffusionX.Fuzz;
using SharpFuzz;

const string Usage =
    """
    usage: DiffusionX.Fuzz list                                 the targets
           DiffusionX.Fuzz read TARGET FILE...                  reads inputs; what they do wrong is told, and the exit code is 1
           DiffusionX.Fuzz mutate TARGET INPUTS SEED [FOLDER]   reads mutated inputs of the corpus; those that do harm are kept in FOLDER
           DiffusionX.Fuzz afl TARGET                           under AFL++ (eng/fuzz.sh), in a child process
    """;

switch (args)
{
    case ["list"]:
        Console.WriteLine(string.Join('\n', FuzzTargets.All));
        return 0;
    case ["read", var target, .. var files]:
        return Report(files.Select(file => new MutatedRun(0, 0, TimeSpan.Zero, 0, []).With(FuzzTargets.Find(target), File.ReadAllBytes(file))), folder: null);
    case ["mutate", var target, var inputs, var seed, .. var folder] when folder.Length <= 1:
        var run = MutatedRun.Of(FuzzTargets.Find(target), int.Parse(inputs, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture));
        Console.WriteLine($"{target}: {run} Peak of the process: {System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:N0} MB.");
        return Report([run], folder.FirstOrDefault());
    case ["afl", var target]:
        var read = FuzzTargets.Find(target);
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            read.Read(input.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static int Report(IEnumerable<MutatedRun> runs, string? folder)
{
    var code = 0;
    foreach (var (input, harm) in runs.SelectMany(run => run.Findings))
    {
        code = 1;
        Console.Error.WriteLine($"An input of {input.Length} bytes did harm: {harm}");
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]), input);
        }
    }

    return code;
}
