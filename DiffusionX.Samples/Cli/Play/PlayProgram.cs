using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Edge;
using DiffusionX.Sessions.Planning;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>What <c>diffusionx play</c> does: load the models, join them by a link, and play a session.</summary>
internal sealed class PlayProgram(PlaySettings settings)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var lines = PlayLines.Open(settings.Script);
        CheckOutput();
        var link = new ThrottledTransport(settings.Server is { } server ? new TcpTransport(server) : new InMemoryTransport(), settings.Link);
        using var edge = await GenerationDisplay.LoadAsync(settings.EdgeFolder, settings.Edge, cancellationToken);
        await using var cloud = settings.Server is null ? await CloudInProcess.StartAsync(settings.CloudFolder!, settings.Cloud, RefiningLoras, settings.LoraFolder, link, cancellationToken) : null;
        var strength = await settings.Strengths.LoadEdgeAsync(edge, cancellationToken);
        var draftStrength = await settings.Strengths.TryLoadCloudAsync(cancellationToken);
        using var owned = draftStrength as IDisposable;
        await using var session = await OpenAsync(edge, strength, draftStrength, link, cancellationToken);
        await GreetAsync(session, lines, cancellationToken);

        var gallery = new PlayGallery();
        await PlayAsync(new PlaySession(session, settings, gallery), lines, gallery, cancellationToken);
        return 0;
    }

    private IReadOnlyList<LoraSelection> RefiningLoras => settings.CloudLoras.Count > 0 ? settings.CloudLoras : settings.Edge.Loras;

    // Whatever ends a conversation before its time, what was drawn is not lost.
    private async Task PlayAsync(PlaySession session, PlayLines lines, PlayGallery gallery, CancellationToken cancellationToken)
    {
        try
        {
            await session.RunAsync(lines, cancellationToken);
        }
        catch
        {
            await session.KeepAsync();
            throw;
        }
        finally
        {
            gallery.Close(settings.OutputFolder);
        }
    }

    private void CheckOutput()
    {
        if (!Directory.Exists(settings.OutputFolder))
        {
            throw new SessionException($"There is no folder {settings.OutputFolder} to write pictures to.");
        }
    }

    private Task<EdgeSession> OpenAsync(DiffusionModel edge, IStrengthPredictor strength, IStrengthPredictor? draftStrength, ITransport link, CancellationToken cancellationToken)
    {
        var drafting = GenerationDefaults.Read(settings.EdgeFolder);
        var refining = GenerationDefaults.Read(settings.CloudFolder ?? settings.EdgeFolder);
        var options = new EdgeSessionOptions
        {
            ConnectsAhead = true,
            Seed = settings.Seed,
            Steps = settings.Steps ?? drafting.Steps,
            GuidanceScale = drafting.GuidanceScale,
            Scheduler = drafting.Scheduler,
            PromptSyntax = PromptSyntax.Weighted,
            Strength = strength,
            Token = settings.Token,
            Refinement = new RefinementOptions
            {
                Steps = refining.Steps,
                GuidanceScale = refining.GuidanceScale,
                DraftStrength = draftStrength,
                Loras = RefiningLoras,
                Relay = settings.RelayShare is { } share ? new LatentRelay(share) : null,
                Planning = settings.PlannedQuality is { } quality ? new RefinementPlanning { Quality = quality } : null,
                Speculate = settings.RefinesAhead,
            },
        };
        return settings.Session is { } file
            ? EdgeSession.ReopenAsync(file, edge, link, options, cancellationToken)
            : EdgeSession.OpenAsync(edge, link, options, cancellationToken);
    }

    // A server that is not there, or does not let this client in, is better known now than after the last round.
    private static async Task GreetAsync(EdgeSession session, PlayLines lines, CancellationToken cancellationToken)
    {
        var name = await session.ConnectAsync(cancellationToken);
        Consoles.Progress.WriteLine($"Drafts are drawn here, and refined by {name}.");
        if (lines.AreTyped)
        {
            Consoles.Progress.WriteLine("What should the picture show? /final refines it, /help shows what else there is.");
        }
    }
}
