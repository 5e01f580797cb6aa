namespace DiffusionX.Cli.Pull;

/// <summary>A model that others have published.</summary>
/// <param name="Name">What it is called here; its folder's name too.</param>
/// <param name="Repository">Where it lies at the hub.</param>
internal sealed record PublishedModel(string Name, string Repository)
{
    private static readonly PublishedModel[] Known =
    [
        new("sd15", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
        new("tiny-sd", "segmind/tiny-sd"),
    ];

    public static IEnumerable<string> Names => Known.Select(model => model.Name);

    /// <summary>A model by its name here, or any other by its repository, owner/name.</summary>
    /// <exception cref="PullException">It is neither.</exception>
    public static PublishedModel Find(string name) =>
        Known.FirstOrDefault(model => model.Name == name) ?? OfRepository(name)
        ?? throw new PullException($"There is no model '{name}'. Known are {string.Join(", ", Names)}; any other is named by its repository at the hub, owner/name.");

    private static PublishedModel? OfRepository(string name)
    {
        var parts = name.Split('/');
        return parts.Length == 2 && parts.All(IsName) ? new PublishedModel(parts[1], name) : null;
    }

    private static bool IsName(string part) =>
        part.Length > 0 && part[0] != '.' && part.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
}
