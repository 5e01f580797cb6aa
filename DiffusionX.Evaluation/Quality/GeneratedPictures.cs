using System.Globalization;
using DiffusionX.Pipeline;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The pictures that a model draws of prompts, each with a seed of its own.</summary>
internal sealed class GeneratedPictures : IPictureSource
{
    private readonly DiffusionModel model;
    private readonly IReadOnlyList<string> prompts;
    private readonly GenerationDefaults settings;
    private readonly long seed;

    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="modelName">What to call it.</param>
    /// <param name="prompts">What to draw; at least one.</param>
    /// <param name="settings">With how many steps, which guidance and which solver.</param>
    /// <param name="seed">The first picture's seed; the following ones have the following seeds.</param>
    public GeneratedPictures(DiffusionModel model, string modelName, IReadOnlyList<string> prompts, GenerationDefaults settings, long seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count, nameof(prompts));
        this.model = model;
        this.prompts = prompts;
        this.settings = settings;
        this.seed = seed;
        var solver = settings.Scheduler?.ToString() ?? "the usual solver";
        Name = string.Create(CultureInfo.InvariantCulture, $"what {modelName} draws of \"{prompts[0]}\" and so on in {settings.Steps} steps of {solver} with guidance {settings.GuidanceScale}, seeds from {seed}");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => prompts.Count;

    /// <inheritdoc/>
    public async Task<PromptedPicture> ReadAsync(int index, CancellationToken cancellationToken = default)
    {
        var request = new GenerationRequest
        {
            Prompt = prompts[index],
            Seed = seed + index,
            Steps = settings.Steps,
            GuidanceScale = settings.GuidanceScale,
            Scheduler = settings.Scheduler,
        };
        var result = await model.GenerateAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        return new PromptedPicture(result.Images[0].Picture, prompts[index]);
    }
}
