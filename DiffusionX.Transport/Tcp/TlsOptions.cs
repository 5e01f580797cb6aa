using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Transport.Tcp;

/// <summary>How one end uses TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>What this end shows, with its private key. The listening end needs one; for the connecting end it is optional.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// SHA-256 fingerprints, in hexadecimal, of the certificates that the other end may show. Such a certificate is trusted though it be
    /// self-signed, and no other one is. Empty leaves the choice to the system's authorities.
    /// </summary>
    public IReadOnlyList<string> TrustedFingerprints { get; init; } = [];

    /// <summary>
    /// Whether a certificate of <see cref="TrustedFingerprints"/> is taken though its time is over, or has not begun: on devices without a
    /// clock.
    /// </summary>
    public bool AllowExpired { get; init; }

    /// <summary>
    /// Whether the listening end asks for a certificate. It does in any case when it has <see cref="TrustedFingerprints"/>.
    /// </summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>The name that the server's certificate must be for; null takes the host that is connected to.</summary>
    public string? ServerName { get; init; }

    internal bool AsksClients => RequireClientCertificate || TrustedFingerprints.Count > 0;

    /// <summary>The SHA-256 fingerprint of a certificate, as <see cref="TrustedFingerprints"/> takes it.</summary>
    public static string FingerprintOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    internal void Validate()
    {
        foreach (var fingerprint in TrustedFingerprints)
        {
            if (fingerprint.Length != 2 * SHA256.HashSizeInBytes || !fingerprint.All(char.IsAsciiHexDigit))
            {
                throw new TransportException(
                    $"'{fingerprint}' is not a certificate's SHA-256 fingerprint; it has to be {2 * SHA256.HashSizeInBytes} "
                    + "hexadecimal digits without separators.");
            }
        }

        if (Certificate is { HasPrivateKey: false })
        {
            throw new TransportException(
                $"The certificate '{Certificate.Subject}' has no private key with it, so this end can't show that it is its own.");
        }
    }

    internal bool Trusts(X509Certificate certificate) =>
        TrustedFingerprints.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256), StringComparer.OrdinalIgnoreCase);
}
