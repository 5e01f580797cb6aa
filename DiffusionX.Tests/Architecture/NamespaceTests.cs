namespace DiffusionX.Tests.Architecture;

/// <summary>The plan of docs/ARCHITECTURE.md, as tests: which part of the house may see which.</summary>
[TestFixture]
public sealed class NamespaceTests
{
    private static readonly string Folder = TestContext.CurrentContext.TestDirectory;

    // From the top down; those in one line stand beside each other. A part sees parts that stand lower, and none of its own line but itself.
    private static readonly string[][] Layers =
    [
        ["DiffusionX.Studio"],
        ["DiffusionX.Cli"],
        ["DiffusionX.Scenes", "DiffusionX.Hosting"],
        ["DiffusionX.Training"],
        ["DiffusionX.Evaluation"],
        ["DiffusionX.Sessions"],
        ["DiffusionX.Strength"],
        ["DiffusionX.Pipeline"],
        ["DiffusionX.Models", "DiffusionX.Schedulers"],
        ["DiffusionX.Checkpoints"],
        ["DiffusionX.Imaging", "DiffusionX.Tokenizers"],
        ["DiffusionX.Runtime"],
        ["DiffusionX.Transport"],
        ["DiffusionX"],
    ];

    private static readonly NamespaceGraph Graph = NamespaceGraph.Of(
    [
        .. new[]
        {
            "DiffusionX.Transport", "DiffusionX.Transport.Nats", "DiffusionX.Core", "DiffusionX.Hosting", "DiffusionX.Evaluation", "DiffusionX.Training",
            "DiffusionX.Scenes", "diffusionx", "DiffusionX.Studio",
        }.Select(name => Path.Combine(Folder, $"{name}.dll")),
    ]);

    [Test]
    public void Namespaces_have_no_cycles()
    {
        var cycles = Graph.Cycles();

        Assert.That(cycles, Is.Empty, string.Join(Environment.NewLine, cycles.Select(Graph.Describe)));
    }

    [Test]
    public void Dependencies_point_one_way()
    {
        var upwards = Graph.Uses.Where(use => PartOf(use.Key.From) != PartOf(use.Key.To) && LayerOf(use.Key.To) <= LayerOf(use.Key.From));

        Assert.That(upwards.Select(use => $"{use.Key.From} -> {use.Key.To}: {string.Join(", ", use.Value)}"), Is.Empty);
    }

    [Test]
    public void Every_namespace_has_its_place()
    {
        var homeless = Graph.Uses.Keys.SelectMany(use => new[] { use.From, use.To }).Distinct().Where(name => PartOf(name) is null);

        Assert.That(homeless, Is.Empty);
    }

    private static int LayerOf(string name) => Array.FindIndex(Layers, layer => layer.Contains(PartOf(name)));

    // DiffusionX itself has the exception that all others derive from, and is no parent of the others here.
    private static string? PartOf(string name) => name == "DiffusionX"
        ? name
        : Layers.SelectMany(layer => layer).FirstOrDefault(part => name == part || (part != "DiffusionX" && name.StartsWith(part + ".", StringComparison.Ordinal)));
}
