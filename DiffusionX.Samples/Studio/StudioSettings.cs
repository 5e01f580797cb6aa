using DiffusionX.Checkpoints;
using DiffusionX.Cli.Shipped;
using DiffusionX.Strength;

namespace DiffusionX.Studio;

/// <summary>Where the studio listens, what draws, and where it keeps its sessions.</summary>
internal sealed record StudioSettings
{
    /// <summary>Where it opens.</summary>
    public const string UsualUrl = "http://127.0.0.1:7860";

    /// <summary>Where the page is.</summary>
    public Uri Url { get; init; } = new(UsualUrl);

    /// <summary>The folder of the model that drafts.</summary>
    public required string EdgeFolder { get; init; }

    /// <summary>The folder of the decoder that shows what it drafts; null for its own VAE.</summary>
    public string? PreviewDecoderFolder { get; init; }

    /// <summary>The folder of the model that refines in this process; null where <see cref="CloudAddress"/> does.</summary>
    public string? CloudFolder { get; init; }

    /// <summary>The address of a refiner elsewhere.</summary>
    public string? CloudAddress { get; init; }

    /// <summary>The file with the token that it asks for.</summary>
    public string? TokenFile { get; init; }

    /// <summary>The learned predictor of how much noise a change of prompt needs; null for a rule.</summary>
    public string? StrengthFolder { get; init; }

    /// <summary>Loads what predicts how much noise a draft needs; null for the cloud's own strength.</summary>
    public Func<CancellationToken, Task<IStrengthPredictor?>>? LoadDraftStrength { get; init; }

    /// <summary>The link to the cloud that is imitated unless a session names another.</summary>
    public string Link { get; init; } = "mobile20";

    /// <summary>The device that both models run on.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Where sessions are kept.</summary>
    public required string SessionsFolder { get; init; }

    /// <summary>How long the cloud may be silent or out of reach before it is given up.</summary>
    public TimeSpan CloudPatience { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The models that come with the program, with their predictors of strength.</summary>
    /// <param name="sessions">Where sessions are kept.</param>
    /// <exception cref="ModelConfigException">They are not here.</exception>
    public static StudioSettings Shipped(string sessions) => new()
    {
        EdgeFolder = ShippedModels.FindDrafting(),
        PreviewDecoderFolder = ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.PreviewDecoder),
        CloudFolder = ShippedModels.Find(ShippedModels.Cloud),
        StrengthFolder = ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.EdgeStrength),
        LoadDraftStrength = new StrengthFolders { Cloud = ShippedModels.TryFindWith(ShippedModels.Edge, ShippedModels.CloudStrength) }.TryLoadCloudAsync,
        SessionsFolder = sessions,
    };
}
