using DiffusionX.Tokenizers;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace DiffusionX.Tests.Tokenizers;

/// <summary>Skips a test where the process can't normalise texts, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
internal sealed class NeedsIcuAttribute : NUnitAttribute, IApplyToTest
{
    public void ApplyToTest(Test test)
    {
        if (!NormalForm.IsAvailable)
        {
            test.RunState = RunState.Ignored;
            test.Properties.Set(PropertyNames.SkipReason, "This process runs without ICU.");
        }
    }
}
