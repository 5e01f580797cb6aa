using System.Text.Json;
using DiffusionX.Checkpoints;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Reference;

/// <summary>
/// Inputs and outputs that a public Python implementation computed. An implementation is right when it gives the same numbers.
/// </summary>
public sealed class ReferenceCase
{
    private const string FullSizePrefix = "full-";

    private ReferenceCase(string folder, JsonElement json)
    {
        Folder = folder;
        Json = json;
    }

    public string Folder { get; }

    public string Name => Path.GetFileName(Folder);

    public JsonElement Json { get; }

    public string Kind => Json.GetProperty("kind").GetString()!;

    public JsonElement Config => Json.GetProperty("config");

    private double AbsoluteTolerance => Json.GetProperty("atol").GetDouble();

    private double RelativeTolerance => Json.GetProperty("rtol").GetDouble();

    /// <summary>A test for each case of a kind; one that is skipped with the reason where there are none.</summary>
    public static IEnumerable<TestCaseData> OfKind(string kind)
    {
        var cases = All().Where(reference => reference.Kind == kind).ToArray();
        return cases.Length > 0 ? cases.Select(ToTest) : [new TestCaseData([null]).SetArgDisplayNames(kind).Ignore(ReferenceFolder.WhyNone(kind))];
    }

    /// <summary>All cases, in the order of their names.</summary>
    public static IEnumerable<ReferenceCase> All() => Directory.Exists(ReferenceFolder.Path)
        ? Directory.EnumerateFiles(ReferenceFolder.Path, "case.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Open)
        : [];

    public bool HasInput(string name)
    {
        using var file = OpenTensors();
        return file.Tensors.ContainsKey($"in.{name}");
    }

    public Tensor Input(string name) => Read($"in.{name}");

    public Tensor Output(string name) => Read($"out.{name}");

    public double Number(string name) => Json.GetProperty(name).GetDouble();

    public int Count(string name) => Json.GetProperty(name).GetInt32();

    public string Text(string name) => Json.GetProperty(name).GetString()!;

    /// <summary>|actual - expected| ≤ atol + rtol·|expected|, for every element.</summary>
    public void AssertClose(string output, Tensor actual)
    {
        using var scope = NewDisposeScope();
        var expected = Output(output).to(ScalarType.Float64);
        Assert.That(actual.shape, Is.EqualTo(expected.shape), $"shape of '{output}'");

        var differences = (actual.to(ScalarType.Float64).cpu() - expected).abs();
        var excess = differences / (AbsoluteTolerance + (RelativeTolerance * expected.abs()));
        var outside = excess.le(1).logical_not();
        var share = outside.to(ScalarType.Float64).mean().item<double>();
        Assert.That(
            share,
            Is.Zero,
            () => $"'{output}' of {Name}: {share:P3} of the elements are outside the tolerance; the largest difference is "
                + $"{differences.max().item<double>():G4}, {excess.max().item<double>():G4} times what is allowed, at {excess.argmax().item<long>()}");
    }

    public override string ToString() => Name;

    private static ReferenceCase Open(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new ReferenceCase(Path.GetDirectoryName(path)!, document.RootElement.Clone());
    }

    private static TestCaseData ToTest(ReferenceCase reference)
    {
        var test = new TestCaseData(reference).SetArgDisplayNames(reference.Name);
        return reference.Name.StartsWith(FullSizePrefix, StringComparison.Ordinal) ? test.SetCategory("FullSize") : test;
    }

    private SafetensorsFile OpenTensors() => SafetensorsFile.Open(Path.Combine(Folder, "tensors.safetensors"));

    private Tensor Read(string name)
    {
        using var file = OpenTensors();
        return file.Read(name);
    }
}
