namespace DiffusionX.Tests.Cli;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class EvaluatePrecisionCommandTests : MiniPairTests
{
    [Test]
    public async Task Both_precisions_are_compared_in_latents_and_pictures()
    {
        var result = await DiffusionXProgram.RunInAsync(Folder.Path, ["evaluate", "precision", "--count", "3", "--steps", "2"]);

        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Contain("BFloat16 beside Float32: 3 prompts").And.Contain("| PSNR of latents, dB |").And.Contain("| PSNR of pictures, dB |"));
        });
    }

    [Test]
    public async Task No_prompts_at_all_are_refused()
    {
        var result = await DiffusionXProgram.RunInAsync(Folder.Path, ["evaluate", "precision", "--count", "0"]);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain("--count"));
    }
}
