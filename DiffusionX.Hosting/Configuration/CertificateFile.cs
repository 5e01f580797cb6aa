using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DiffusionX.Transport;

namespace DiffusionX.Hosting.Configuration;

/// <summary>What a server shows in TLS: a PEM file, with its key in it or in another, or a PKCS #12 file.</summary>
internal static class CertificateFile
{
    private static readonly string[] Pkcs12Endings = [".pfx", ".p12"];

    /// <exception cref="TransportException">The file can't be read, or holds no certificate with a private key.</exception>
    public static X509Certificate2 Load(string file, string? keyFile, string? password)
    {
        try
        {
            return Pkcs12Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                ? X509CertificateLoader.LoadPkcs12FromFile(file, password)
                : X509Certificate2.CreateFromPemFile(file, keyFile);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new TransportException($"{file} can't be used as a certificate: {error.Message}", error);
        }
    }
}
