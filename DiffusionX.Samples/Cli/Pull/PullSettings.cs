namespace DiffusionX.Cli.Pull;

/// <summary>What the user asked <c>diffusionx pull</c> for.</summary>
internal sealed record PullSettings
{
    /// <summary>The environment variable that names another hub, as Python's tools have it.</summary>
    public const string EndpointVariable = "HF_ENDPOINT";

    /// <summary>The environment variable with the token for repositories that ask for one, as Python's tools have it.</summary>
    public const string TokenVariable = "HF_TOKEN";

    public const string DefaultEndpoint = "https://huggingface.co";
    public const string DefaultRevision = "main";

    public required PublishedModel Model { get; init; }

    /// <summary>The model's folder.</summary>
    public required string Folder { get; init; }

    public required string Endpoint { get; init; }

    /// <summary>A branch, a tag, a commit or a pull request (refs/pr/1).</summary>
    public required string Revision { get; init; }

    /// <summary>The variant of the weights, such as fp16; null for the plain ones.</summary>
    public string? Variant { get; init; }

    public string? Token { get; init; }
}
