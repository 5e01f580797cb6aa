// TorchSharp.Modules has layers of the same names, which draw random weights when they are made. In this library the names mean our own.
global using BatchNorm2d = DiffusionX.Models.Layers.BatchNorm2d;
global using Conv2d = DiffusionX.Models.Layers.Conv2d;
global using Embedding = DiffusionX.Models.Layers.Embedding;
global using GroupNorm = DiffusionX.Models.Layers.GroupNorm;
global using LayerNorm = DiffusionX.Models.Layers.LayerNorm;
global using Linear = DiffusionX.Models.Layers.Linear;
global using Upsample = DiffusionX.Models.Layers.Upsample;
