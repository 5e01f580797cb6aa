using System.Diagnostics;
using DiffusionX.Checkpoints;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// Walks a stage's loss down with AdamW, and writes everything into a folder: a checkpoint to go on from, and whatever the stage has to
/// show. The same seed gives the same weights, however often the run was interrupted, unless the stage says otherwise.
/// </summary>
internal sealed class TrainingRun
{
    private const string CheckpointName = "checkpoint.safetensors";
    private const int LossWindow = 100;

    private readonly TrainingStage stage;
    private readonly TrainingPlan plan;
    private readonly string folder;
    private readonly long seed;

    /// <summary>A run that has not started yet.</summary>
    /// <param name="stage">What is learned.</param>
    /// <param name="plan">How; <see cref="TrainingStage.Plan"/> is meant for it.</param>
    /// <param name="folder">Where its files go; made if it is not there. A checkpoint in it is gone on from, if the stage can.</param>
    /// <param name="seed">Decides the order of the data and every random number.</param>
    public TrainingRun(TrainingStage stage, TrainingPlan plan, string folder, long seed)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(folder);
        this.stage = stage;
        this.plan = plan;
        this.folder = folder;
        this.seed = seed;
    }

    /// <summary>How often the checkpoint and the pictures are written.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Whether the folder has a checkpoint to go on from, and the stage can.</summary>
    public bool HasCheckpoint => stage.CanResume && File.Exists(CheckpointPath);

    private string CheckpointPath => Path.Combine(folder, CheckpointName);

    /// <summary>Trains to the plan's end, then exports the model.</summary>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Ends the run after the current step; the checkpoint is written first.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled. It goes on from its checkpoint when it is run again.</exception>
    /// <exception cref="CheckpointException">The checkpoint in the folder is damaged or of another run, or can't be written.</exception>
    /// <exception cref="TrainingException">The loss is no number any more.</exception>
    public void Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        using var state = new TrainingState(stage.Learner, plan, seed);
        if (HasCheckpoint)
        {
            TrainingCheckpoint.Load(CheckpointPath, state);
        }

        Continue(state, progress, cancellationToken);
        Save(state);
        cancellationToken.ThrowIfCancellationRequested();
        state.Average.Use(stage.Export);
    }

    private void Continue(TrainingState state, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var sinceSaved = Stopwatch.StartNew();
        var firstStep = state.Step;
        while (state.Step < plan.Steps && !cancellationToken.IsCancellationRequested)
        {
            TakeStep(state);
            var perStep = clock.Elapsed / (state.Step - firstStep);
            progress?.Report(new TrainingProgress(
                state.Step, plan.Steps, state.Losses.TakeLast(LossWindow).Average(), clock.Elapsed, perStep * (plan.Steps - state.Step), stage.Note));
            if (sinceSaved.Elapsed >= SaveEvery)
            {
                Save(state);
                sinceSaved.Restart();
            }
        }
    }

    private void TakeStep(TrainingState state)
    {
        using var pause = NoGcRegion.Begin();
        using var scope = NewDisposeScope();
        var step = state.Step;
        random.manual_seed(unchecked((seed * 1_000_003) + step));
        foreach (var group in state.Optimizer.ParamGroups)
        {
            group.LearningRate = plan.LearningRateAt(step);
        }

        state.Optimizer.zero_grad();
        var loss = stage.Loss(step, plan.BatchSize);
        var value = loss.item<float>();
        if (!float.IsFinite(value))
        {
            throw new TrainingException(
                $"The loss of {stage.Name} is {value} at step {step}. Lower the learning rate; the last checkpoint is in {folder}.");
        }

        loss.backward();
        nn.utils.clip_grad_norm_(state.Parameters, plan.GradientNorm);
        state.Optimizer.step();
        state.Average.Update(step, plan.AverageDecay);
        state.Record(value);
    }

    private void Save(TrainingState state)
    {
        TrainingCheckpoint.Save(CheckpointPath, state);
        state.Average.Use(() => stage.Show(new TrainingSnapshot(folder, state.Losses)));
    }
}
