using System.Globalization;
using BenchmarkDotNet.Running;
using DiffusionX.Benchmarks;
using DiffusionX.Peers;
using DiffusionX.Pipeline;

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

if (args is [PeerBenchmarks.Verb, var peer, var peerSide, var steps, var pictures, var precision])
{
    var culture = CultureInfo.InvariantCulture;
    CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = culture;
    await PeerMeasurement.RunAsync(peer, int.Parse(peerSide, culture), int.Parse(steps, culture), int.Parse(pictures, culture), Enum.Parse<Precision>(precision));
    return 0;
}

if (args is [SparedWork.Verb, var large, var small, var sparedSide, var sparedSteps, var turns])
{
    await SparedWork.MeasureAsync(
        large, small, int.Parse(sparedSide, CultureInfo.InvariantCulture), int.Parse(sparedSteps, CultureInfo.InvariantCulture), int.Parse(turns, CultureInfo.InvariantCulture));
    return 0;
}

if (args is [UNetBatches.Verb, var unet, var latentSide, var rows, var device, var type, var runs])
{
    return UNetBatches.Run(unet, int.Parse(latentSide, CultureInfo.InvariantCulture), rows, device, type, int.Parse(runs, CultureInfo.InvariantCulture));
}

BenchmarkSwitcher.FromAssembly(typeof(ColdStart).Assembly).Run(args);
return 0;
