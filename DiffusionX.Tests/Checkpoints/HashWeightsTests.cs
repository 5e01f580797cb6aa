using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Tests.Reference;

namespace DiffusionX.Tests.Checkpoints;

[TestFixture]
public sealed class HashWeightsTests
{
    [Test]
    public void The_numbers_are_those_of_the_reference()
    {
        var path = Path.Combine(ReferenceFolder.Path, "hash-check.json");
        Assume.That(File.Exists(path), $"{path} is not there.");
        var expected = JsonSerializer.Deserialize<Dictionary<string, float[]>>(File.ReadAllText(path))!;

        Assert.Multiple(() =>
        {
            foreach (var (name, values) in expected)
            {
                Assert.That(HashWeights.Uniform(name, values.Length), Is.EqualTo(values), name);
            }
        });
    }
}
