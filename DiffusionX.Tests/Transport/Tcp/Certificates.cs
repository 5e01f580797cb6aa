using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DiffusionX.Tests.Transport.Tcp;

/// <summary>Self-signed certificates, as somebody makes them at home.</summary>
internal static class Certificates
{
    public static X509Certificate2 Server { get; } = Create("localhost");

    public static X509Certificate2 Client { get; } = Create("a client");

    public static X509Certificate2 Stranger { get; } = Create("a stranger");

    private static X509Certificate2 Create(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
