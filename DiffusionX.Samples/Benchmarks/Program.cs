using System.Globalization;
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

if (args is [PeakMemory.OfModel, var model, var side, var weights])
{
    return await PeakMemory.DrawAsync(model, int.Parse(side, CultureInfo.InvariantCulture), weights);
}

if (args is [PeakMemory.OfVae, var pixels, var way])
{
    return PeakMemory.SeeThroughVae(int.Parse(pixels, CultureInfo.InvariantCulture), way);
}

if (args is [UNetBatches.Verb, var unet, var latentSide, var rows, var device, var type, var runs])
{
    return UNetBatches.Run(unet, int.Parse(latentSide, CultureInfo.InvariantCulture), rows, device, type, int.Parse(runs, CultureInfo.InvariantCulture));
}

BenchmarkSwitcher.FromAssembly(typeof(ColdStart).Assembly).Run(args);
return 0;
