using DiffusionX.Models.UNet;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// What the stages of both UNets have in common: what they learn from, where the model goes, and the samples that show how it does.
/// </summary>
internal abstract class UNetStage : TrainingStage
{
    private readonly string side;

    /// <param name="side">The folder of the pipeline that the UNet belongs to.</param>
    /// <param name="weights">Where the VAE and the text encoder are, and the UNet goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="poolSize">How many scenes it learns from.</param>
    private protected UNetStage(string side, ScenesFolder weights, Device device, int poolSize = SceneDenoising.DefaultPoolSize)
    {
        this.side = side;
        Weights = weights;
        Data = new SceneDenoising(weights, device, poolSize);
    }

    /// <inheritdoc/>
    public override string Name => side;

    /// <inheritdoc/>
    public override string Note => Data.Note;

    private protected ScenesFolder Weights { get; }

    private protected SceneDenoising Data { get; }

    private protected abstract UNet2DConditionModel UNet { get; }

    private protected virtual int SampleSteps => ScenesModels.Steps;

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Export();
        SceneSamples.Save(Weights.PathOf(side), SampleSteps, snapshot);
        LossCurve.Save(snapshot);
    }

    /// <inheritdoc/>
    public override void Export() => Weights.SavePipeline(side, UNet);

    /// <inheritdoc/>
    public override void StartFromExport() => Weights.FillUNet(side, UNet);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Data.Dispose();
        base.Dispose(disposing);
    }
}
