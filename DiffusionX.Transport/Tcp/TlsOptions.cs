using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Transport.Tcp;

/// <summary>How one end uses TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>What this end shows, with its private key. The listening end needs one; for the connecting end it is optional.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// SHA-256 fingerprints, in hexadecimal, of the certificates that the other end may show. Such a certificate is trusted though it be self-signed, and no
    /// other one is. Empty leaves the choice to the system's authorities.
    /// </summary>
    public IReadOnlyList<string> TrustedFingerprints { get; init; } = [];

    /// <summary>Whether the listening end asks for a certificate. It does in any case when it has <see cref="TrustedFingerprints"/>.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>The name that the server's certificate must be for; null takes the host that is connected to.</summary>
    public string? ServerName { get; init; }

    /// <summary>The SHA-256 fingerprint of a certificate, as <see cref="TrustedFingerprints"/> takes it.</summary>
    public static string FingerprintOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
    }
}
