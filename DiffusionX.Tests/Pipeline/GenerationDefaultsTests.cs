using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
public sealed class GenerationDefaultsTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void A_model_says_what_it_draws_best_with()
    {
        folder.Write(GenerationDefaults.FileName, """{"guidance_scale": 4.5, "steps": 20, "scheduler": "ddim"}""");

        var defaults = GenerationDefaults.Read(folder.Path);

        Assert.That(defaults, Is.EqualTo(new GenerationDefaults { GuidanceScale = 4.5, Steps = 20, Scheduler = SchedulerKind.Ddim }));
    }

    [TestCase("""{}""")]
    [TestCase("""{"scheduler": null}""")]
    public void What_it_leaves_out_is_as_for_Stable_Diffusion(string json)
    {
        folder.Write(GenerationDefaults.FileName, json);

        Assert.That(GenerationDefaults.Read(folder.Path), Is.EqualTo(new GenerationDefaults { GuidanceScale = 7.5, Steps = 25 }));
    }

    [Test]
    public void A_model_need_not_say_anything() => Assert.That(GenerationDefaults.Read(folder.Path), Is.EqualTo(new GenerationDefaults()));

    [TestCase("""{"steps": 0}""", "'steps' has to be at least 1")]
    [TestCase("""{"steps": 2.5}""", "'steps' has to be a whole number")]
    [TestCase("""{"guidance_scale": -1}""", "'guidance_scale' has to be a number from 0")]
    [TestCase("""{"guidance_scale": "high"}""", "'guidance_scale' has to be a number")]
    [TestCase("""{"scheduler": "fastest"}""", "'fastest'")]
    [TestCase("""{"guidance": 4}""", "'guidance'")]
    [TestCase("[4, 20]", "JSON object")]
    [TestCase("{", "no valid JSON")]
    public void Nonsense_is_refused_by_file_and_setting(string json, string named)
    {
        var path = folder.Write(GenerationDefaults.FileName, json);

        Assert.That(() => GenerationDefaults.Read(folder.Path), Throws.InstanceOf<ModelConfigException>().With.Message.Contains(path).And.Message.Contains(named));
    }
}
