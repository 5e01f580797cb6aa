using BenchmarkDotNet.Running;
using DiffusionX.Benchmarks;

if (args is [ColdStart.Verb, var folder])
{
    return await ColdStart.RunAsync(folder);
}

if (args is [WeightsFile.Verb, var path])
{
    return WeightsFile.Write(path);
}

if (args is [RealSizeModel.Verb, var name, var target])
{
    return RealSizeModel.Write(name, target);
}

BenchmarkSwitcher.FromAssembly(typeof(ColdStart).Assembly).Run(args);
return 0;
