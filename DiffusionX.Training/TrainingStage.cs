using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>One thing to learn: a model, what it is to get better at, and what it learns from.</summary>
internal abstract class TrainingStage : IDisposable
{
    /// <summary>Its name in commands, files and messages.</summary>
    public abstract string Name { get; }

    /// <summary>The module whose parameters are learned.</summary>
    public abstract nn.Module Learner { get; }

    /// <summary>How it is learned where nobody says otherwise.</summary>
    public abstract TrainingPlan Plan { get; }

    /// <summary>A few words about how it goes, for those who watch; such as how fast its data comes.</summary>
    public virtual string Note => "";

    /// <summary>
    /// Whether a run can go on from a checkpoint, which holds the learner and what its optimizer remembers; a stage that remembers more
    /// itself begins anew.
    /// </summary>
    public virtual bool CanResume => true;

    /// <summary>
    /// The loss of one batch. The global generators have been seeded for the step, so whatever is drawn from them is the same in every run.
    /// </summary>
    /// <param name="step">Which step, from 0.</param>
    /// <param name="batchSize">Samples in the batch.</param>
    /// <returns>A scalar to walk down.</returns>
    public abstract Tensor Loss(int step, int batchSize);

    /// <summary>Shows how it goes, as pictures to be looked at. The learner has its averaged weights meanwhile.</summary>
    /// <param name="snapshot">Where the run is, and where to write.</param>
    public virtual void Show(TrainingSnapshot snapshot)
    {
    }

    /// <summary>Writes the model for those who use it. The learner has its averaged weights meanwhile.</summary>
    public abstract void Export();

    /// <summary>Starts from the weights that <see cref="Export"/> wrote, to train them further where no checkpoint is left.</summary>
    /// <exception cref="TrainingException">This stage can't.</exception>
    public virtual void StartFromExport() =>
        throw new TrainingException($"The stage '{Name}' can't start from exported weights; it goes on from its checkpoint, or starts from nothing.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of models and data.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
