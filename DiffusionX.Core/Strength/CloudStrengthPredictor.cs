namespace DiffusionX.Strength;

/// <summary>The learned predictor of the cloud: how much noise a draft needs before it is refined, from the final prompt and from what the draft shows.</summary>
public sealed class CloudStrengthPredictor : IStrengthPredictor, IDisposable
{
    private readonly StrengthMlp head;
    private readonly IDraftFeatures features;

    private CloudStrengthPredictor(StrengthMlp head, IDraftFeatures features)
    {
        this.head = head;
        this.features = features;
    }

    /// <summary>Loads a predictor, to be disposed by the caller.</summary>
    /// <param name="folder">A head that was trained for the cloud.</param>
    /// <param name="features">What the head was trained on, the predictor's from now on.</param>
    /// <exception cref="StrengthException">The head is damaged, or was trained with other encoders.</exception>
    public static CloudStrengthPredictor Load(string folder, IDraftFeatures features)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(features);
        using var head = StrengthHeadFolder.Load(folder, StrengthSide.Cloud, features.Fingerprints);
        return new CloudStrengthPredictor(head.ToMlp(), features);
    }

    /// <inheritdoc/>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return head.Predict(features.Of(context.Prompt, await context.PictureAsync(cancellationToken).ConfigureAwait(false)));
    }

    /// <inheritdoc/>
    public void Dispose() => features.Dispose();
}
