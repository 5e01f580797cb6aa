using NUnit.Framework.Interfaces;
using TorchSharp;

namespace DiffusionX.Tests;

/// <summary>Fails a test after which more tensors are alive than before it, as libtorch counts them.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class | AttributeTargets.Assembly)]
public sealed class NoTensorLeaksAttribute : TestActionAttribute
{
    private long before;

    public override ActionTargets Targets => ActionTargets.Test;

    public override void BeforeTest(ITest test)
    {
        // What earlier tests left to the finalizers must not make up for what this one leaks.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        before = torch.Tensor.TotalCount;
    }

    public override void AfterTest(ITest test)
    {
        var leaked = torch.Tensor.TotalCount - before;
        Assert.That(leaked, Is.Zero, $"{leaked} tensors outlived the test.");
    }
}
