namespace DiffusionX.Tests.Architecture;

/// <summary>The plan of docs/ARCHITECTURE.md, as tests: which part of the house may see which.</summary>
[TestFixture]
public sealed class NamespaceTests
{
    private static readonly string Folder = TestContext.CurrentContext.TestDirectory;

    private static readonly NamespaceGraph Graph = NamespaceGraph.Of(
        [.. new[] { "DiffusionX.Transport", "DiffusionX.Core", "DiffusionX.Hosting", "DiffusionX.Evaluation", "DiffusionX.Training", "DiffusionX.Scenes", "diffusionx" }
            .Select(name => Path.Combine(Folder, $"{name}.dll"))]);

    [Test]
    public void Namespaces_have_no_cycles()
    {
        var cycles = Graph.Cycles();

        Assert.That(cycles, Is.Empty, string.Join(Environment.NewLine, cycles.Select(Graph.Describe)));
    }
}
