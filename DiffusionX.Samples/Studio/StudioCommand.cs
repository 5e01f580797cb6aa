using System.CommandLine;
using DiffusionX.Checkpoints;
using DiffusionX.Cli.Shipped;
using DiffusionX.Transport;
using Microsoft.Extensions.Hosting;

namespace DiffusionX.Studio;

/// <summary>The command line of the studio.</summary>
internal sealed class StudioCommand : RootCommand
{
    private readonly Option<string> url = new("--url") { Description = "Where the page is, on this machine.", DefaultValueFactory = _ => StudioSettings.UsualUrl };
    private readonly Option<string?> edge = new("--edge") { Description = "The model that drafts: a folder in diffusers' layout. Without it, the small one that comes with the program." };
    private readonly Option<string?> cloudModel = new("--cloud-model") { Description = "The model that refines in this process. Without it, the large one that comes with the program." };
    private readonly Option<string?> cloud = new("--cloud") { Description = "The address of a refiner elsewhere (diffusionx serve), such as tls://refiner.example:7070, in place of --cloud-model." };
    private readonly Option<string?> tokenFile = new("--token-file") { Description = "The file with the token that the refiner asks for." };
    private readonly Option<string> link = new("--link") { Description = "The link to the cloud that is imitated: weak-mobile, mobile20, broadband, or unlimited for the way as it is.", DefaultValueFactory = _ => "mobile20" };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string> sessions = new("--sessions") { Description = "The folder that sessions are kept in.", DefaultValueFactory = _ => UsualFolder };

    public StudioCommand()
        : base("The studio: rounds of prompts in a browser, drafted by a small model and refined by a large one.")
    {
        foreach (var option in new Option[] { url, edge, cloudModel, cloud, tokenFile, link, device, sessions })
        {
            Add(option);
        }

        SetAction(async (parsed, cancellationToken) => await RunAsync(Read(parsed), cancellationToken));
    }

    private static string UsualFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "diffusionx", "studio");

    private StudioSettings Read(ParseResult parsed)
    {
        if (!Uri.TryCreate(parsed.GetValue(url), UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttp || !address.IsLoopback)
        {
            throw new TransportException($"The studio shows its sessions to everybody who reaches it, so it listens on this machine alone, and --url is '{parsed.GetValue(url)}'. Use {StudioSettings.UsualUrl}.");
        }

        var settings = parsed.GetValue(edge) is { } folder
            ? new StudioSettings { EdgeFolder = Existing(folder), SessionsFolder = Path.GetFullPath(parsed.GetValue(sessions)!) }
            : StudioSettings.Shipped(Path.GetFullPath(parsed.GetValue(sessions)!));
        return settings with
        {
            Url = address,
            CloudFolder = parsed.GetValue(cloud) is not null ? null
                : parsed.GetValue(cloudModel) is { } model ? Existing(model)
                : ShippedModels.Find(ShippedModels.Cloud),
            CloudAddress = parsed.GetValue(cloud),
            TokenFile = parsed.GetValue(tokenFile) is { } file ? Path.GetFullPath(file) : null,
            Link = parsed.GetValue(link)!,
            Device = parsed.GetValue(device)!,
        };
    }

    // The host would look for it beside the program, and the page open without it.
    private static string Existing(string model) => Path.Exists(model)
        ? Path.GetFullPath(model)
        : throw new ModelConfigException($"There is no folder {model}.");

    private static async Task RunAsync(StudioSettings settings, CancellationToken cancellationToken)
    {
        await using var app = StudioHost.Build(settings);
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"The studio is open: {app.Urls.First()}");
        Console.WriteLine($"Its sessions are kept in {settings.SessionsFolder}. Ctrl-C closes it.");
        await app.WaitForShutdownAsync(cancellationToken);
    }
}
