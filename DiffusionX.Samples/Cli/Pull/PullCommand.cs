using System.CommandLine;
using DiffusionX.Cli.Help;

namespace DiffusionX.Cli.Pull;

/// <summary><c>diffusionx pull</c>: models that others have published.</summary>
internal sealed class PullCommand : Command, IHasExamples
{
    private readonly Argument<string> model = new("model")
    {
        Description = $"{string.Join(" or ", PublishedModel.Names)}, or owner/name of any repository in diffusers' layout.",
    };

    private readonly Option<string?> folder = new("--to") { Description = "The model's folder. Without it, one of the model's name, here." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights; fp16 is half as large." };
    private readonly Option<string> revision = new("--revision")
    {
        Description = "The branch, tag or commit, or a pull request such as refs/pr/1.",
        DefaultValueFactory = _ => PullSettings.DefaultRevision,
    };

    private readonly Option<string> endpoint = new("--endpoint")
    {
        Description = $"The hub, or a mirror of it; {PullSettings.EndpointVariable} in the environment says the same.",
        DefaultValueFactory = _ => Variable(PullSettings.EndpointVariable) ?? PullSettings.DefaultEndpoint,
    };

    public PullCommand()
        : base("pull", "Fetch a published model; an interrupted fetch goes on where it stopped.")
    {
        Add(model);
        foreach (var option in new Option[] { folder, variant, revision, endpoint })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new PullProgram(Settings(parsed), RetryPolicy.Usual).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx pull sd15 --variant fp16", "Stable Diffusion 1.5 in half precision, into the folder sd15"),
        new("diffusionx generate --model sd15 \"a lighthouse in a storm\"", "Draw with it"),
        new("diffusionx pull sd15 --to models/sd15 --endpoint https://mirror.example", "From a mirror, into another folder"),
        new("HTTPS_PROXY=http://proxy.example:3128 diffusionx pull sd15", "Through a proxy"),
    ];

    private PullSettings Settings(ParseResult parsed)
    {
        var published = PublishedModel.Find(parsed.GetRequiredValue(model));
        return new PullSettings
        {
            Model = published,
            Folder = parsed.GetValue(folder) ?? published.Name,
            Endpoint = parsed.GetRequiredValue(endpoint),
            Revision = parsed.GetRequiredValue(revision),
            Variant = parsed.GetValue(variant),
            Token = Variable(PullSettings.TokenVariable),
        };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
