using DiffusionX.Evaluation.Prompts;
using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Training;
using DiffusionX.Training.LowRank;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Training.LowRank;

/// <summary>A LoRA for few steps, from prompts alone, of whole checkpoints that are small.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class FewStepLoraTests
{
    private static readonly PromptSession[] Sessions = [new("one", [new("a red house"), new("a red house at night")]), new("two", [new("a tree")])];

    private static readonly FewStepLoraOptions Options = new() { Rank = 2, Alpha = 4, GuidanceScale = 3 };

    [Test]
    public void Its_matrices_learn_what_the_checkpoint_draws_in_many_steps()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        using var stage = new FewStepLoraStage(folder.File("mini"), "cpu", Sessions, Options, folder.File("lora.safetensors"));

        var losses = Train(stage, steps: 8);

        Assert.That(losses[^1], Is.LessThan(0.95f * losses[0]));
    }

    [Test]
    public async Task What_it_writes_is_a_LoRA_that_the_checkpoint_draws_otherwise_with()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        using (var stage = new FewStepLoraStage(folder.File("mini"), "cpu", Sessions, Options, folder.File("out/lora.safetensors")))
        {
            Train(stage, steps: 2);
            stage.Export();
        }

        using var model = await DiffusionModel.LoadAsync(folder.File("mini"));
        var request = new GenerationRequest { Prompt = "a red house", Steps = 4, GuidanceScale = 1, Scheduler = SchedulerKind.Lcm };
        var plain = await model.GenerateAsync(request);
        var adapted = await model.GenerateAsync(request with { Loras = [new LoraSelection(folder.File("out/lora.safetensors"))] });

        Assert.That(adapted.Images[0].Latent.Values.ToArray(), Is.Not.EqualTo(plain.Images[0].Latent.Values.ToArray()));
    }

    [Test]
    public void Merged_by_the_loader_it_is_what_was_trained()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        using var stage = new FewStepLoraStage(folder.File("mini"), "cpu", Sessions, Options, folder.File("lora.safetensors"));
        Train(stage, steps: 2);
        stage.Export();

        using var unet = Load(folder.File("mini"), folder.File("lora.safetensors"));

        // The file is in float16.
        var trained = stage.Student.state_dict();
        var furthest = unet.UNet.state_dict().Max(pair => (pair.Value - trained[pair.Key]).abs().max().item<float>());
        Assert.That(furthest, Is.LessThan(1e-5));
    }

    [Test]
    public void A_checkpoint_that_is_told_sizes_and_a_pooled_prompt_learns_too()
    {
        using var folder = new TemporaryFolder();
        MiniModelXL.WriteEdge(folder.File("mini"));
        using var stage = new FewStepLoraStage(folder.File("mini"), "cpu", Sessions, Options, folder.File("lora.safetensors"));

        var losses = Train(stage, steps: 2);

        Assert.That(losses, Has.All.Positive);
    }

    [Test]
    public void A_checkpoint_that_was_distilled_already_is_refused()
    {
        using var folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        File.WriteAllText(folder.File("mini/scheduler/scheduler_config.json"), """{"_class_name": "LCMScheduler", "beta_schedule": "scaled_linear"}""");

        Assert.That(() => new FewStepLoraStage(folder.File("mini"), "cpu", Sessions, Options, folder.File("lora.safetensors")), Throws.TypeOf<TrainingException>().With.Message.Contains("already"));
    }

    // The same batch again and again.
    private static List<float> Train(FewStepLoraStage stage, int steps)
    {
        using var optimizer = optim.Adam(stage.Learner.parameters(), lr: 1e-2);
        var losses = new List<float>();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            manual_seed(4);
            optimizer.zero_grad();
            var loss = stage.Loss(step: 0, batchSize: 2);
            losses.Add(loss.item<float>());
            loss.backward();
            optimizer.step();
        }

        stage.Merge();
        return losses;
    }

    private static PipelineComponents Load(string folder, string lora)
    {
        var options = new DiffusionModelOptions { Loras = [new LoraSelection(lora)] };
        return new DiffusionModelLoader(DiffusionModelLoader.Open(folder, options), options, progress: null, CancellationToken.None).Load();
    }
}
