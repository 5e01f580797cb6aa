// TorchSharp.Modules has layers of the same names, which draw random weights when they are made. In this library the names mean our own.
global using Conv2d = DiffusionX.Models.Common.Conv2d;
global using Embedding = DiffusionX.Models.Common.Embedding;
global using GroupNorm = DiffusionX.Models.Common.GroupNorm;
global using LayerNorm = DiffusionX.Models.Common.LayerNorm;
global using Linear = DiffusionX.Models.Common.Linear;
global using Upsample = DiffusionX.Models.Common.Upsample;
