using DiffusionX.Transport.Tcp;

namespace DiffusionX.Hosting.Configuration;

/// <summary>Previews here, the final picture there: a model of this host drafts, and a refiner makes the draft into the picture.</summary>
public sealed class CloudOptions
{
    /// <summary>
    /// What the pair is called where a model is asked for: pictures are drafted by <see cref="Edge"/> and refined by the cloud.
    /// </summary>
    public string Name { get; set; } = "edge+cloud";

    /// <summary>The model of this host that drafts.</summary>
    public string Edge { get; set; } = "";

    /// <summary>The refiner's address, such as <c>tls://refiner.example:7070</c>. Null where <see cref="Model"/> refines.</summary>
    public string? Address { get; set; }

    /// <summary>
    /// The model of this host that refines, where the cloud is in the same process. Null where <see cref="Address"/> does.
    /// </summary>
    public string? Model { get; set; }

    /// <summary>
    /// The link that is imitated on the way there: <c>weak-mobile</c>, <c>mobile20</c>, <c>broadband</c>, or <c>unlimited</c> for the way as
    /// it is.
    /// </summary>
    public string Link { get; set; } = LinkProfiles.Unlimited;

    /// <summary>What the refiner asks for to let this host in.</summary>
    public string? Token { get; set; }

    /// <summary>The file with the token in its first line, in place of <see cref="Token"/>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>SHA-256 fingerprints of the refiner's certificate; empty to trust the system's authorities.</summary>
    public IList<string> Fingerprints { get; } = [];

    /// <summary>How much noise is put on a draft, from 0 to 1; null leaves it to the cloud.</summary>
    public double? Strength { get; set; }

    /// <summary>How long a refinement may take, with its waits and retries.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long the cloud may be silent, or out of reach, before it is given up.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the edge's own model refines when the cloud can't.</summary>
    public bool FallBackToEdge { get; set; } = true;

    /// <summary>Where the refiner is reached.</summary>
    internal TcpTransportOptions ToTransportOptions()
    {
        var address = TcpTransportOptions.FromAddress(Address!);
        return address.Tls is { } tls && Fingerprints.Count > 0 ? address with { Tls = tls with { TrustedFingerprints = [.. Fingerprints] } } : address;
    }
}
