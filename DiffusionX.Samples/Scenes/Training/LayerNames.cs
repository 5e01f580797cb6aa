// The library has layers of the same names, whose parameters come uninitialised. What is trained from nothing takes TorchSharp's, which
// draw theirs.
global using Conv2d = TorchSharp.Modules.Conv2d;
global using Linear = TorchSharp.Modules.Linear;
