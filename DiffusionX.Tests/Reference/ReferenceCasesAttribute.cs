namespace DiffusionX.Tests.Reference;

/// <summary>Runs a test with each reference case of a kind.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ReferenceCasesAttribute(string kind) : TestCaseSourceAttribute(typeof(ReferenceCase), nameof(ReferenceCase.OfKind), new object[] { kind })
{
    public string Kind { get; } = kind;
}
