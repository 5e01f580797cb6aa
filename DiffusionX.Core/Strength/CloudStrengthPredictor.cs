using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Strength;

/// <summary>The learned predictor of the cloud: how much noise a draft needs before it is refined, from the final prompt and from what the draft shows.</summary>
public sealed class CloudStrengthPredictor : IStrengthPredictor, IDisposable
{
    private readonly StrengthHead head;
    private readonly DraftEncoders encoders;

    private CloudStrengthPredictor(StrengthHead head, DraftEncoders encoders)
    {
        this.head = head;
        this.encoders = encoders;
    }

    /// <summary>Loads a predictor, to be disposed by the caller.</summary>
    /// <param name="folder">A head that was trained for the cloud.</param>
    /// <param name="encoders">The encoders, the predictor's from now on.</param>
    /// <exception cref="StrengthException">The head is damaged, or was trained with other encoders.</exception>
    public static CloudStrengthPredictor Load(string folder, DraftEncoders encoders)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(encoders);
        return new CloudStrengthPredictor(StrengthHeadFolder.Load(folder, StrengthSide.Cloud, encoders.Fingerprints), encoders);
    }

    /// <inheritdoc/>
    public async ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Predict(context.Prompt, await context.PictureAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        head.Dispose();
        encoders.Dispose();
    }

    private double Predict(string prompt, Picture draft)
    {
        using var scope = NewDisposeScope();
        return head.Predict(tensor(encoders.Features(prompt, draft)).unsqueeze(0))[0];
    }
}
