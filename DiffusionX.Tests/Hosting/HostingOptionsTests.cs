using DiffusionX.Hosting;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DiffusionX.Tests.Hosting;

[TestFixture]
public sealed class HostingOptionsTests
{
    [Test]
    public void Options_are_bound_to_a_section()
    {
        var options = Bind(new()
        {
            ["Models:edge:Path"] = "weights/scenes/edge",
            ["Models:cloud:Path"] = "weights/scenes/cloud",
            ["Models:cloud:Precision"] = "BFloat16",
            ["Cloud:Edge"] = "edge",
            ["Cloud:Model"] = "cloud",
            ["Cloud:Deadline"] = "00:01:30",
            ["Refiner:Model"] = "cloud",
            ["Refiner:Listen"] = "tcp://127.0.0.1:7070",
            ["Sessions:Folder"] = "sessions",
            ["Http:ApiKeys:0"] = "sk-1",
        }).Value;

        Assert.Multiple(() =>
        {
            Assert.That(options.Models.Keys, Is.EquivalentTo(new[] { "edge", "cloud" }));
            Assert.That(options.Models["cloud"].Precision, Is.EqualTo(Precision.BFloat16));
            Assert.That(options.Cloud!.Deadline, Is.EqualTo(TimeSpan.FromSeconds(90)));
            Assert.That(options.Refiner!.Model, Is.EqualTo("cloud"));
            Assert.That(options.Sessions.Folder, Is.EqualTo("sessions"));
            Assert.That(options.Http.ApiKeys, Is.EqualTo(new[] { "sk-1" }));
        });
    }

    [TestCase("Models:a:Path", "", "Models:a:Path")]
    [TestCase("Models:a:Threads", "0", "Models:a:Threads")]
    [TestCase("DefaultModel", "b", "DefaultModel")]
    [TestCase("Cloud:Edge", "b", "Cloud:Edge")]
    [TestCase("Cloud:Edge", "a", "Address")]
    [TestCase("Refiner:Model", "b", "Refiner:Model")]
    [TestCase("Refiner:Listen", "here", "'here' is not an address")]
    [TestCase("Sessions:MaxSessions", "0", "Sessions:MaxSessions")]
    [TestCase("Http:ApiKeys:0", " ", "Http:ApiKeys")]
    [TestCase("Http:MaxImages", "65", "Http:MaxImages")]
    public void What_is_wrong_is_named_as_the_file_has_it(string key, string value, string named)
    {
        var options = Bind(new() { ["Models:a:Path"] = "a", [key] = value });

        Assert.That(() => options.Value, Throws.TypeOf<OptionsValidationException>().With.Message.Contains(named));
    }

    [Test]
    public void An_option_that_there_is_not_is_no_option()
    {
        var options = Bind(new() { ["Models:a:Path"] = "a", ["Sesions:Folder"] = "sessions" });

        Assert.That(() => options.Value, Throws.InvalidOperationException.With.Message.Contains("Sesions"));
    }

    private static IOptions<DiffusionXOptions> Bind(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new ServiceCollection().AddDiffusionX(configuration).BuildServiceProvider().GetRequiredService<IOptions<DiffusionXOptions>>();
    }
}
