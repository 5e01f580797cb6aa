using DiffusionX.Runtime;
using TorchSharp;
TorchRuntime.EnsureLoaded();
Console.WriteLine($"{TorchRuntime.LibTorchVersion} {TorchRuntime.LibraryPath} {TorchRuntime.UsedFallback} {string.Join(' ', TorchRuntime.Devices)} {torch.get_num_threads()}");
