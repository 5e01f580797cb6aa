using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Refining;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Hosting.Http;

/// <summary>Reads how a session is to draw, and tells what there is to choose from.</summary>
internal sealed class SessionSettingsReader(DiffusionXOptions options)
{
    private readonly ParameterReader reader = new(options.Http);

    /// <summary>Settings with what a client changes of them.</summary>
    /// <exception cref="ApiException">A parameter is wrong; the error names it.</exception>
    public SessionSettings Read(SessionBody body, SessionSettings before)
    {
        var (width, height) = body.Size is null ? (before.Width, before.Height) : reader.Size(body.Size);
        return new SessionSettings
        {
            Model = body.Model ?? before.Model,
            Seed = body.Seed,
            Width = width,
            Height = height,
            Steps = body.Steps is { } steps ? (int)ParameterReader.Within("steps", steps, 1, options.Http.MaxSteps) : before.Steps,
            GuidanceScale = body.GuidanceScale is { } scale ? ParameterReader.Within("guidance_scale", scale, 0, 100) : before.GuidanceScale,
            NegativePrompt = body.NegativePrompt is { } negative ? reader.Prompt("negative_prompt", negative) : before.NegativePrompt,
            Cloud = body.Cloud is { } cloud ? Cloud(cloud) : before.Cloud,
            Link = body.Link is { } link ? Link(link) : before.Link,
        };
    }

    private string? Cloud(string cloud)
    {
        ThrowIfNotFree("cloud");
        if (cloud is SessionOptionsResource.HostsCloud)
        {
            return null;
        }

        try
        {
            _ = cloud == SessionSettings.NoCloud ? null : TcpTransportOptions.FromAddress(cloud);
            return cloud;
        }
        catch (TransportException wrong)
        {
            throw ApiException.Invalid("cloud", wrong.Message);
        }
    }

    private string Link(string link)
    {
        ThrowIfNotFree("link");
        return LinkProfiles.All.ContainsKey(link)
            ? link
            : throw ApiException.Invalid("link", $"Invalid value: '{link}'. It has to be one of {LinkProfiles.Names}.");
    }

    private void ThrowIfNotFree(string param)
    {
        if (!options.Sessions.ClientsChooseCloud || options.Cloud is null)
        {
            throw ApiException.Invalid(param, $"This host does not leave the {param} to its clients.");
        }
    }
}
