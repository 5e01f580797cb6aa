using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Images;

/// <summary>All that a host draws with, by name: its models, and the pair of edge and cloud where it has one.</summary>
internal sealed class PictureSources(IOptions<DiffusionXOptions> options, HostedModels models, EdgeSessionFactory sessions)
{
    private readonly DiffusionXOptions settings = options.Value;

    /// <summary>The names, in order, that of requests without one first.</summary>
    public IReadOnlyList<string> Names { get; } = [.. ((string[])[options.Value.ModelByDefault, .. models.Names, .. options.Value.Cloud is { } cloud ? [cloud.Name] : Array.Empty<string>()]).Distinct()];

    /// <summary>What draws for a name; null takes the host's default.</summary>
    /// <exception cref="ModelNotFoundException">There is nothing of that name.</exception>
    public IPictureSource Find(string? name)
    {
        var wanted = name ?? settings.ModelByDefault;
        return wanted == settings.Cloud?.Name
            ? new CloudPictures(wanted, sessions)
            : Names.Contains(wanted)
                ? new LocalPictures(wanted, stop => models.GetAsync(wanted, stop))
                : throw new ModelNotFoundException($"There is no model '{wanted}' here. There {(Names.Count == 1 ? "is" : "are")} {string.Join(", ", Names)}.");
    }

    /// <summary>Whether what draws for a name is loaded.</summary>
    public bool IsReady(string? name)
    {
        var wanted = name ?? settings.ModelByDefault;
        return wanted == settings.Cloud?.Name
            ? models.IsReady(settings.Cloud.Edge) && (settings.Cloud.Model is not { } cloud || models.IsReady(cloud))
            : models.IsReady(wanted);
    }
}
