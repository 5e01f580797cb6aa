using DiffusionX.Runtime;

namespace DiffusionX.Tests;

/// <summary>Loads libtorch once, before the first test.</summary>
[SetUpFixture]
public sealed class TorchSetUp
{
    [OneTimeSetUp]
    public void LoadTorch() => TorchRuntime.EnsureLoaded();
}
