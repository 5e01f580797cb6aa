using DiffusionX.Imaging;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The pictures of a folder, in the order of their names.</summary>
internal sealed class FolderPictures : IPictureSource
{
    private const string PromptKeyword = "prompt";

    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp"];

    private readonly string[] files;
    private readonly IReadOnlyList<string>? prompts;

    /// <param name="folder">The folder; folders in it are left out.</param>
    /// <param name="prompts">What each should show, in the same order; null takes what PNG files say of themselves under "prompt".</param>
    /// <param name="count">Takes the first ones only; null takes all.</param>
    /// <exception cref="EvaluationException">There is no such folder, there are fewer pictures in it, or not as many prompts.</exception>
    public FolderPictures(string folder, IReadOnlyList<string>? prompts = null, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        files = Pictures(folder);
        if (files.Length == 0 || files.Length < count)
        {
            throw new EvaluationException($"{folder} has {files.Length} pictures ({string.Join(", ", Endings)}), and {(count is null ? "some are" : $"{count} are")} needed.");
        }

        files = files[..(count ?? files.Length)];
        if (prompts is not null && prompts.Count < files.Length)
        {
            throw new EvaluationException($"There are {prompts.Count} prompts for the {files.Length} pictures of {folder}: each needs its own.");
        }

        this.prompts = prompts;
        Name = prompts is null ? $"the pictures of {folder}" : $"the pictures of {folder} for \"{prompts[0]}\" and so on";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => files.Length;

    /// <inheritdoc/>
    public Task<PromptedPicture> ReadAsync(int index, CancellationToken cancellationToken = default) =>
        Task.Run(() => new PromptedPicture(Picture.Load(files[index]), prompts?[index] ?? PromptOf(files[index])), cancellationToken);

    private static string[] Pictures(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder).Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)]
        : throw new EvaluationException($"There is no folder {folder} with pictures.");

    private static string? PromptOf(string file) => Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase)
        ? Picture.ReadText(file).FirstOrDefault(entry => entry.Key.Equals(PromptKeyword, StringComparison.OrdinalIgnoreCase)).Value
        : null;
}
