using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Tests.Evaluation.Latency;

[TestFixture]
public sealed class ProcessorEnergyMeterTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Packages_are_added_up_and_their_parts_are_not_counted_twice()
    {
        Count("intel-rapl:0", 1_000_000);
        Count("intel-rapl:1", 2_000_000);
        Count("intel-rapl:0:0", 0);
        var meter = new ProcessorEnergyMeter(folder.Path);
        meter.ReadJoules();

        Count("intel-rapl:0", 4_000_000);
        Count("intel-rapl:1", 7_000_000);
        Count("intel-rapl:0:0", 2_000_000);

        Assert.That(meter.ReadJoules(), Is.EqualTo(8));
    }

    [Test]
    public void A_counter_that_starts_again_from_0_loses_nothing()
    {
        Count("intel-rapl:0", 9_000_000);
        var meter = new ProcessorEnergyMeter(folder.Path);
        meter.ReadJoules();

        Count("intel-rapl:0", 1_000_000);

        Assert.That(meter.ReadJoules(), Is.EqualTo(2));
    }

    [Test]
    public void A_machine_without_counters_has_no_figure() => Assert.That(new ProcessorEnergyMeter(folder.Path).ReadJoules(), Is.Null);

    private void Count(string package, long microjoules)
    {
        folder.Write($"{package}/energy_uj", $"{microjoules}\n");
        folder.Write($"{package}/max_energy_range_uj", "10000000\n");
    }
}
