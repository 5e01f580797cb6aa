using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;
using DiffusionX.Sessions.Cloud;

namespace DiffusionX.Tests.Sessions.Cloud;

[NoTensorLeaks]
public sealed class SavedRunTests
{
    [Test]
    public async Task A_run_goes_on_from_each_of_its_steps_but_the_last_as_if_it_had_not_stopped()
    {
        var request = new GenerationRequest { Prompt = "a boat", Steps = 6, Seed = 3 };
        var saved = new List<SavedDenoising?>();
        var whole = await SessionModels.Edge.GenerateAsync(request, new ImmediateProgress<GenerationProgress>(step => saved.Add(step.Save())));

        foreach (var step in saved.OfType<SavedDenoising>())
        {
            var read = SavedRun.Read(new SavedRun(0.5, step).ToBytes())!;
            var resumed = await SessionModels.Edge.GenerateAsync(request with { Resume = read.Denoising });

            Assert.That(resumed.Images[0].Picture, Is.SamePictureAs(whole.Images[0].Picture));
            Assert.That(resumed.StepsRun, Is.EqualTo(whole.StepsRun));
        }

        Assert.That(saved.Select(step => step is not null), Is.EqualTo(new[] { true, true, true, true, true, false }));
    }

    [Test]
    public async Task One_saved_after_the_last_step_or_of_another_size_is_not_gone_on_from()
    {
        var request = new GenerationRequest { Prompt = "a boat", Steps = 6, Seed = 3 };
        var saved = new List<SavedDenoising?>();
        var whole = await SessionModels.Edge.GenerateAsync(request, new ImmediateProgress<GenerationProgress>(step => saved.Add(step.Save())));

        var resumed = await SessionModels.Edge.GenerateAsync(request with { Resume = saved[0]! with { NextStep = 6 } });

        Assert.That(resumed.Images[0].Picture, Is.SamePictureAs(whole.Images[0].Picture));
    }

    [Test]
    public void What_is_none_is_read_as_none() => Assert.That(SavedRun.Read([1, 2, 3]), Is.Null);
}
