using DiffusionX.Runtime;

namespace DiffusionX.Strength;

/// <summary>
/// The learned predictor of the cloud: how much noise a draft needs before it is refined, from the final prompt and from what the draft
/// shows. Its encoders run on a compute thread of their own, so that a prediction does not wait for the model's run.
/// </summary>
public sealed class CloudStrengthPredictor : IStrengthPredictor, IDisposable
{
    private readonly ComputeThread compute;
    private readonly StrengthMlp head;
    private readonly IDraftFeatures features;

    private CloudStrengthPredictor(ComputeThread compute, StrengthMlp head, IDraftFeatures features)
    {
        this.compute = compute;
        this.head = head;
        this.features = features;
    }

    /// <summary>Loads a predictor, to be disposed by the caller.</summary>
    /// <param name="folder">A head that was trained for the cloud.</param>
    /// <param name="loadFeatures">Loads what the head was trained on, on the predictor's compute thread; it is the predictor's from then
    /// on.</param>
    /// <param name="cancellationToken">Takes the loading back before it starts.</param>
    /// <exception cref="StrengthException">The head is damaged, or was trained with other encoders.</exception>
    /// <exception cref="DeviceMemoryException">There is not enough memory.</exception>
    public static async Task<CloudStrengthPredictor> LoadAsync(string folder, Func<IDraftFeatures> loadFeatures, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(loadFeatures);
        var compute = new ComputeThread("DiffusionX strength");
        try
        {
            return await compute.RunAsync(() => Load(compute, folder, loadFeatures()), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            compute.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceMemoryException">There is not enough memory.</exception>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var draft = await context.PictureAsync(cancellationToken).ConfigureAwait(false);
        return await compute.RunAsync(() => head.Predict(features.Of(context.Prompt, draft)), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        compute.Dispose();
        features.Dispose();
    }

    private static CloudStrengthPredictor Load(ComputeThread compute, string folder, IDraftFeatures features)
    {
        try
        {
            using var head = StrengthHeadFolder.Load(folder, StrengthSide.Cloud, features.Fingerprints);
            return new CloudStrengthPredictor(compute, head.ToMlp(), features);
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }
}
