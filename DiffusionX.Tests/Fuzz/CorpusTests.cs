using System.Globalization;
using DiffusionX.Fuzz;

namespace DiffusionX.Tests.Fuzz;

/// <summary>Whatever comes from outside: it is read, or an exception of ours says why not. No crash, no hang, no memory beyond reason.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class CorpusTests
{
    private const int ShortRun = 500;
    private const int LongRun = 100_000;

    private static IEnumerable<string> Targets => FuzzTargets.All.Select(target => target.Name);

    private static IEnumerable<TestCaseData> Inputs => FuzzTargets.All.SelectMany(
        target => target.Corpus.Select(path => new TestCaseData(target.Name, path).SetArgDisplayNames(target.Name, Path.GetFileName(path))));

    [TestCaseSource(nameof(Inputs))]
    public void An_input_that_was_kept_does_no_harm(string target, string path)
    {
        var run = new MutatedRun(0, 0, TimeSpan.Zero, 0, []).With(FuzzTargets.Find(target), File.ReadAllBytes(path));

        Assert.That(run.Findings, Is.Empty, () => run.Findings[0].Harm);
    }

    [TestCaseSource(nameof(Targets))]
    public void Each_target_takes_some_of_its_corpus(string target) =>
        Assert.That(FuzzTargets.Find(target).Corpus.Count(path => FuzzTargets.Find(target).Read(File.ReadAllBytes(path))), Is.Positive);

    [TestCaseSource(nameof(Targets))]
    public void Mutated_inputs_do_no_harm(string target) => Run(target, ShortRun, seed: 20261127);

    [TestCaseSource(nameof(Targets))]
    [Explicit("Takes some minutes.")]
    [Category("Fuzz")]
    public void A_hundred_thousand_mutated_inputs_do_no_harm(string target) => Run(target, LongRun, seed: 1);

    private static void Run(string target, int inputs, int seed)
    {
        var run = MutatedRun.Of(FuzzTargets.Find(target), inputs, seed);

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: {run}"));
        Assert.That(run.Findings, Is.Empty, () => $"{Convert.ToHexString(run.Findings[0].Input)}: {run.Findings[0].Harm}");
    }
}
