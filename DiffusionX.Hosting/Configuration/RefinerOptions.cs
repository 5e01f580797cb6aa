using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Hosting.Configuration;

/// <summary>The refiner that a host is for others.</summary>
public sealed class RefinerOptions
{
    /// <summary>The model that refines.</summary>
    public string Model { get; set; } = "";

    /// <summary>
    /// Where clients come to: <c>tcp://…</c>, or <c>tls://…</c> with a <see cref="Certificate"/>. Another address than this machine's own
    /// takes a token.
    /// </summary>
    public string Listen { get; set; } = "tcp://127.0.0.1:7070";

    /// <summary>What clients have to know.</summary>
    public string? Token { get; set; }

    /// <summary>The file with the token in its first line, in place of <see cref="Token"/>.</summary>
    public string? TokenFile { get; set; }

    /// <summary>The certificate for TLS: PEM, or PKCS #12.</summary>
    public string? Certificate { get; set; }

    /// <summary>The key of a PEM certificate, if it is in a file of its own.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>The password of a PKCS #12 file.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>What clients' reports call this refiner.</summary>
    public string Name { get; set; } = "cloud";

    /// <summary>Requests that may wait.</summary>
    public int QueueCapacity { get; set; } = 32;

    /// <summary>The .safetensors files of the LoRAs that clients may ask for, each by its content and with a strength.</summary>
    public IList<string> Loras { get; } = [];

    /// <summary>How long requests that were taken on may go on when the host stops.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How much noise is put on a draft whose client leaves that to the cloud, from 0 to 1. <see cref="StrengthFolder"/> goes before it.
    /// </summary>
    public double Strength { get; set; } = CloudRefinerOptions.DefaultStrength;

    /// <summary>
    /// The learned predictor of that noise (<c>train strength</c>); it takes a <see cref="ClipFolder"/>, and a <see cref="BertFolder"/>
    /// where it was learned with one.
    /// </summary>
    public string? StrengthFolder { get; set; }

    /// <summary>The CLIP that sees drafts for the predictor.</summary>
    public string? ClipFolder { get; set; }

    /// <summary>The BERT that reads prompts for the predictor.</summary>
    public string? BertFolder { get; set; }

    /// <summary>
    /// In code alone: loads the predictor in place of all of these; what it gives is disposed with the refiner. Null where it gives none.
    /// </summary>
    public Func<CancellationToken, Task<IStrengthPredictor?>>? LoadStrength { get; set; }

    /// <summary>Where it listens, with the certificate read from its file.</summary>
    internal TcpTransportOptions ToTransportOptions()
    {
        var address = TcpTransportOptions.FromAddress(Listen);
        return Certificate is { } file ? address with { Tls = new TlsOptions { Certificate = CertificateFile.Load(file, CertificateKey, CertificatePassword) } } : address;
    }
}
